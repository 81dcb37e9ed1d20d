#include "manager/serve/manager_service.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"
#include "common/version.hpp"
#include "wireManagerService.h"

#include <algorithm>
#include <thread>
#include <unistd.h>

namespace manager::serve {

namespace {

using common::Error;
using common::Trouble;
using common::xml_safe;

constexpr std::string_view namespace_uri = "urn:soapstone:manager:1";
constexpr LONG64 most_events = 1'000;
constexpr int longest_wait = 60; // s

/// A follower looks into the store this often; nothing else tells it about new events.
constexpr std::chrono::milliseconds look_again{250};

/// The contract's word for one of ours; the two have the same names.
template <typename Wire, typename Ours>
Wire wire_word(Ours value, int (*convert)(::soap*, const char*, Wire*))
{
    Wire out{};
    if (convert(nullptr, std::string(rollout::name_of(value)).c_str(), &out) != SOAP_OK)
        throw Error(Trouble::defect, "a word that the contract does not have");
    return out;
}

wire::TargetState wire_target(const rollout::Run& run, std::size_t index)
{
    const rollout::TargetState& state = run.targets[index];
    wire::TargetState out;
    out.name = xml_safe(run.request.targets[index].name);
    out.phase = wire_word(state.phase, soap_s2t__Phase);
    if (state.outcome)
        out.outcome = wire_word(*state.outcome, soap_s2t__Outcome);
    if (!state.text.empty())
        out.text = xml_safe(state.text);
    if (!state.hint.empty())
        out.hint = xml_safe(state.hint);
    out.total = static_cast<int>(state.components.size());
    out.done = static_cast<int>(std::count_if(state.components.begin(), state.components.end(),
                                              [](const auto& component) { return component.verified; }));
    return out;
}

wire::RunState state_of(const rollout::Run& run, const std::string& ours)
{
    if (run.ended != 0)
        return wire::RunState::finished;
    return run.id == ours ? wire::RunState::running : wire::RunState::interrupted;
}

wire::Run wire_run(const rollout::Run& run, const std::string& ours, bool with_targets)
{
    wire::Run out;
    out.id = run.id;
    out.state = state_of(run, ours);
    out.startedAt = common::from_milliseconds(run.started);
    if (run.ended != 0)
        out.endedAt = common::from_milliseconds(run.ended);
    for (const baseline::Component& component : run.request.components)
        out.components.push_back(xml_safe(component.name));
    for (std::size_t i = 0; with_targets && i < run.targets.size(); ++i)
        out.targets.push_back(wire_target(run, i));
    return out;
}

wire::RunEvent wire_event(const rollout::Run& run, const rollout::RunEvent& event)
{
    wire::RunEvent out;
    out.seq = static_cast<LONG64>(event.seq);
    out.time = common::from_milliseconds(event.time);
    if (event.target && *event.target < run.request.targets.size())
        out.target = xml_safe(run.request.targets[*event.target].name);
    if (event.phase)
        out.phase = wire_word(*event.phase, soap_s2t__Phase);
    if (event.outcome)
        out.outcome = wire_word(*event.outcome, soap_s2t__Outcome);
    if (!event.output.empty())
        out.output = xml_safe(event.output);
    if (!event.text.empty())
        out.text = xml_safe(event.text);
    return out;
}

/// Serves one request; made for it and gone with it.
class Service final : public ManagerService {
public:
    Service(::soap* context, const LocalControl& control) : ManagerService(context), control_(control) {}

    int GetManagerStatus(_mgr__GetManagerStatus* request, _mgr__GetManagerStatusResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            wire::ManagerStatus& out = response.manager;
            out.version = common::version();
            out.pid = ::getpid();
            out.startedAt = common::from_milliseconds(control_.started);
            for (const PortInUse& port : control_.ports) {
                wire::Port wire_port;
                wire_port.purpose = port.purpose;
                wire_port.address = port.address;
                wire_port.port = port.port;
                wire_port.wanted = port.wanted;
                out.ports.push_back(wire_port);
            }
            out.runs.push_back(wire_run(find(control_.run), control_.run, false));
        });
    }

    int GetRun(_mgr__GetRun* request, _mgr__GetRunResponse& response) override
    {
        return common::soap::answer(
            soap, request, [&] { response.run = wire_run(find(request->runId), control_.run, true); });
    }

    int GetRunEvents(_mgr__GetRunEvents* request, _mgr__GetRunEventsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const auto since = static_cast<std::uint64_t>(std::max<LONG64>(request->since, 0));
            const auto most = static_cast<std::size_t>(std::clamp<LONG64>(request->most, 1, most_events));
            const auto deadline =
                common::Deadline::in(std::chrono::seconds(std::clamp(request->waitSeconds, 0, longest_wait)));
            rollout::Run run = find(request->runId);
            std::vector<rollout::RunEvent> events = control_.store.events(run.id, since, most);
            while (events.empty() && run.ended == 0 && !deadline.passed()) {
                std::this_thread::sleep_for(look_again);
                events = control_.store.events(run.id, since, most);
                run = find(run.id);
            }
            for (const rollout::RunEvent& event : events)
                response.events.push_back(wire_event(run, event));
            response.lastSeq = static_cast<LONG64>(events.empty() ? since : events.back().seq);
            response.state = state_of(run, control_.run);
        });
    }

    int CancelRun(_mgr__CancelRun* request, _mgr__CancelRunResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            if (request->runId != control_.run)
                throw Error(Trouble::not_found, "this manager does not work on that run");
            control_.cancel();
            response.state = wire::RunState::running;
        });
    }

    ManagerService* copy() override { return new Service(*this); }

    // The generated one would reset namespaces and SOAP version in the middle of a request.
    void ManagerService_init(soap_mode, soap_mode) override {}

private:
    rollout::Run find(const std::string& id) const
    {
        std::optional<rollout::Run> run = control_.store.find(id);
        if (!run)
            throw Error(Trouble::not_found, "there is no such run");
        return *run;
    }

    const LocalControl& control_;
};

bool is_authorised(const common::net::Request& request, const common::Secret& token)
{
    const std::string given = request.headers.find("Authorization").value_or("");
    return common::same_secret(given, "Bearer " + std::string(token.reveal()));
}

} // namespace

common::net::Router manager_service(const LocalControl& control)
{
    using common::net::Reply;
    common::net::Router router;
    router.call("/manager", common::soap::most_request_bytes,
                [&control, endpoint = common::soap::Endpoint(namespace_uri)](
                    const common::net::Request& request, std::string body) -> Reply {
                    if (!is_authorised(request, control.token))
                        return {401, "The token of the runtime file is needed.\n"};
                    return endpoint.serve(request, body, [&](::soap* context) {
                        Service service(context, control);
                        return service.dispatch(context);
                    });
                });
    return router;
}

} // namespace manager::serve
