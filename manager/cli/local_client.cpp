#include "manager/cli/local_client.hpp"

#include "common/clock.hpp"
#include "common/soap/client.hpp"
#include "common/text.hpp"
#include "manager/serve/wire.hpp"
#include "manager/store/run_lock.hpp"
#include "wireManagerProxy.h"

#include <algorithm>

namespace manager::cli {

namespace {

using namespace std::chrono_literals;
using common::Deadline;

constexpr auto answer_limit = 5s;
constexpr auto begin_limit = 120s; ///< components are read and hashed
constexpr int most_events = 1'000; ///< in one answer

common::net::Headers headers(const RunningManager& manager)
{
    common::net::Headers fields;
    fields.set("Authorization", "Bearer " + std::string(manager.token.reveal()));
    return fields;
}

TargetEvent event(const wire::RunEvent& from)
{
    TargetEvent out;
    out.target = from.target.value_or("");
    out.event.seq = static_cast<std::uint64_t>(std::max<LONG64>(from.seq, 0));
    out.event.time = common::to_milliseconds(from.time);
    if (from.phase)
        out.event.phase = rollout::phase_named(wire::text_of(*from.phase, soap_t__Phase2s));
    if (from.outcome)
        out.event.outcome = rollout::outcome_named(wire::text_of(*from.outcome, soap_t__Outcome2s));
    out.event.output = from.output.value_or("");
    out.event.text = from.text.value_or("");
    return out;
}

} // namespace

struct LocalClient::Inside {
    explicit Inside(const RunningManager& manager)
        : run(manager.run),
          client(loop, common::tls::Context::client_without_certificate(common::tls::only(manager.pin)),
                 "127.0.0.1", manager.port),
          caller(client, "/manager", headers(manager))
    {
    }

    std::string run;
    common::net::Loop loop{1, 1};
    common::net::Client client;
    common::soap::Caller caller;
    ManagerProxy proxy{caller.context()};
};

LocalClient::LocalClient(const RunningManager& manager) : inside_(std::make_unique<Inside>(manager)) {}

LocalClient::~LocalClient() = default;

ManagerStatus LocalClient::status()
{
    _mgr__GetManagerStatus request;
    _mgr__GetManagerStatusResponse response;
    inside_->caller.call("asking the manager", Deadline::in(answer_limit),
                         [&] { return inside_->proxy.GetManagerStatus(&request, response); });
    ManagerStatus status;
    status.version = common::one_line(response.manager.version, 60);
    status.started = common::to_milliseconds(response.manager.startedAt);
    for (const wire::Port& port : response.manager.ports)
        status.ports.push_back({common::one_line(port.purpose, 40), common::one_line(port.address, 60),
                                static_cast<std::uint16_t>(port.port),
                                static_cast<std::uint16_t>(port.wanted)});
    return status;
}

TargetEvents LocalClient::events(std::uint64_t since, std::chrono::seconds wait)
{
    _mgr__GetRunEvents request;
    request.runId = inside_->run;
    request.since = static_cast<LONG64>(since);
    request.waitSeconds = static_cast<int>(wait.count());
    request.most = most_events;
    _mgr__GetRunEventsResponse response;
    inside_->caller.call("asking the manager for events", Deadline::in(answer_limit + wait),
                         [&] { return inside_->proxy.GetRunEvents(&request, response); });
    TargetEvents out;
    for (const wire::RunEvent& entry : response.events)
        out.events.push_back(event(entry));
    out.last_seq = static_cast<std::uint64_t>(std::max<LONG64>(response.lastSeq, 0));
    out.over = response.state != wire::RunState::running && response.events.empty();
    return out;
}

std::string LocalClient::deploy(const serve::DeployWish& wish)
{
    const auto text_of = [](const common::Secret& secret) {
        return secret.empty() ? std::nullopt : std::optional(std::string(secret.reveal()));
    };
    _mgr__Deploy request;
    request.key = wish.key;
    request.targets = wish.targets;
    request.components = wish.components;
    for (const auto& [name, value] : wish.options) {
        request.options.emplace_back();
        request.options.back().name = name;
        request.options.back().value = value;
    }
    if (!wish.input.empty())
        request.targetsText = wish.input;
    request.password = text_of(wish.password);
    request.sudoPassword = text_of(wish.sudo_password);
    request.bmcPassword = text_of(wish.bmc_password);
    _mgr__DeployResponse response;
    inside_->caller.call("handing the run over to the manager", Deadline::in(begin_limit),
                         [&] { return inside_->proxy.Deploy(&request, response); });
    for (std::optional<std::string>* secret :
         {&request.password, &request.sudoPassword, &request.bmcPassword})
        if (*secret)
            common::wipe(**secret);
    return response.runId;
}

void LocalClient::cancel()
{
    _mgr__CancelRun request;
    request.runId = inside_->run;
    _mgr__CancelRunResponse response;
    inside_->caller.call("asking the manager to stop", Deadline::in(answer_limit),
                         [&] { return inside_->proxy.CancelRun(&request, response); });
}

std::optional<RunningManager> manager_of(const std::string& run, const std::filesystem::path& data)
{
    for (RunningManager& manager : running_managers(data))
        if (manager.run == run)
            return std::move(manager);
    std::optional<RunningManager> server = serving_manager(data);
    if (!server || !store::RunLock::is_taken(data / "runs" / run))
        return std::nullopt;
    server->run = run;
    return server;
}

} // namespace manager::cli
