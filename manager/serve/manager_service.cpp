#include "manager/serve/manager_service.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"
#include "common/version.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/run_log.hpp"
#include "manager/serve/keeper_calls.hpp"
#include "manager/serve/seats.hpp"
#include "manager/serve/wire_runs.hpp"
#include "wireManagerService.h"
#include "wire_contract.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
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
constexpr int most_runs = 1'000;
constexpr int most_targets = 1'000;
constexpr int most_log_bytes = 256 << 10;
constexpr std::uint64_t most_document = 16 << 20; // bytes
constexpr std::size_t longest_key = 200;          // bytes

/// Larger than others are: an order may name many targets.
constexpr std::size_t most_request_bytes = 1 << 20;

/// A follower looks into the store this often; nothing else tells it about new events.
constexpr std::chrono::milliseconds look_again{250};

/// What Deploy and TakeInventory have in common.
template <typename Request>
DeployWish wish_in(Request& request, const Caller& caller)
{
    if (request.key.empty() || request.key.size() > longest_key)
        throw Error(Trouble::invalid, "the key of a run has 1 to 200 bytes");
    DeployWish wish;
    wish.caller = caller;
    // Nobody meets the runs of others by choosing their keys.
    wish.key = caller.local ? request.key : caller.name + '\n' + request.key;
    wish.targets = request.targets;
    for (const wire::Option& option : request.options)
        wish.options.emplace_back(option.name, option.value);
    wish.input = request.targetsText.value_or("");
    wish.password = take_secret(request.password);
    wish.sudo_password = take_secret(request.sudoPassword);
    wish.bmc_password = take_secret(request.bmcPassword);
    wish.credential = request.credential.value_or("");
    return wish;
}

/// Serves one request; made for it and gone with it.
class Service final : public ManagerService {
public:
    Service(::soap* context, const LocalControl& control, const Caller& caller, Seats& seats)
        : ManagerService(context), control_(control), caller_(caller), seats_(seats)
    {
    }

    int Deploy(_mgr__Deploy* request, _mgr__DeployResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            DeployWish wish = wish_in(*request, caller_);
            wish.components = request->components;
            response.runId = control_.desk.deploy(std::move(wish));
        });
    }

    int GetRuns(_mgr__GetRuns* request, _mgr__GetRunsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const auto most = static_cast<std::size_t>(std::clamp(request->mostRuns, 1, most_runs));
            rollout::Listing listing = control_.store.list(most + 1, request->olderThan.value_or(""));
            const std::size_t found = listing.runs.size() + listing.unreadable.size();
            response.moreRuns = found > most;
            if (listing.runs.size() > most)
                listing.runs.resize(most);
            for (const rollout::Run& run : listing.runs)
                response.runs.push_back(wire_run(run, control_.desk, false));
        });
    }

    int GetLogs(_mgr__GetLogs* request, _mgr__GetLogsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const std::filesystem::path folder = log_folder(request->runId, request->targetName);
            for (const std::filesystem::path& file : rollout::kept_logs(folder)) {
                response.logs.emplace_back();
                response.logs.back().name = xml_safe(file.lexically_relative(folder).generic_string());
                response.logs.back().size = static_cast<LONG64>(std::filesystem::file_size(file));
            }
        });
    }

    int ReadLog(_mgr__ReadLog* request, _mgr__ReadLogResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const std::filesystem::path folder = log_folder(request->runId, request->targetName);
            for (const std::filesystem::path& file : rollout::kept_logs(folder))
                if (xml_safe(file.lexically_relative(folder).generic_string()) == request->logName)
                    return read_log(file, *request, response);
            throw Error(Trouble::not_found, "there is no such log");
        });
    }

    int GetManagerStatus(_mgr__GetManagerStatus* request, _mgr__GetManagerStatusResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            wire::ManagerStatus& out = response.manager;
            out.version = common::version();
            out.pid = ::getpid();
            out.startedAt = common::from_milliseconds(control_.started);
            for (const PortInUse& port : control_.desk.ports()) {
                wire::Port wire_port;
                wire_port.purpose = port.purpose;
                wire_port.address = port.address;
                wire_port.port = port.port;
                wire_port.wanted = port.wanted;
                out.ports.push_back(wire_port);
            }
            for (const std::string& id : control_.desk.runs())
                if (const std::optional<rollout::Run> run = control_.store.find(id)) // else an examination
                    out.runs.push_back(wire_run(*run, control_.desk, false));
        });
    }

    int GetRun(_mgr__GetRun* request, _mgr__GetRunResponse& response) override
    {
        return common::soap::answer(
            soap, request, [&] { response.run = wire_run(find(request->runId), control_.desk, true); });
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
            const Seats::Seat seat(seats_, caller_.name);
            while (seat && events.empty() && run.ended == 0 && !deadline.passed()) {
                std::this_thread::sleep_for(look_again);
                run = find(run.id); // first: of a run that is over all events are there then
                events = control_.store.events(run.id, since, most);
            }
            for (const rollout::RunEvent& event : events)
                response.events.push_back(wire_event(run, event));
            response.lastSeq = static_cast<LONG64>(events.empty() ? since : events.back().seq);
            response.state = state_of(run, control_.desk);
        });
    }

    int CancelRun(_mgr__CancelRun* request, _mgr__CancelRunResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const Cancel how = !request->endJobs   ? Cancel::one_step
                               : *request->endJobs ? Cancel::at_once
                                                   : Cancel::gently;
            response.state = wire::RunState::running;
            if (find(request->runId).ended != 0) // as when the answer to a call before was lost
                response.state = wire::RunState::finished;
            else
                control_.desk.cancel(request->runId, how);
        });
    }

    int GetEvents(_mgr__GetEvents* request, _mgr__GetEventsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            if (request->since < 0) {
                response.lastPosition = static_cast<LONG64>(control_.store.newest_position());
                return;
            }
            const auto since = static_cast<std::uint64_t>(request->since);
            const auto most = static_cast<std::size_t>(std::clamp<LONG64>(request->most, 1, most_events));
            const auto deadline =
                common::Deadline::in(std::chrono::seconds(std::clamp(request->waitSeconds, 0, longest_wait)));
            std::vector<rollout::JournalEntry> entries = control_.store.journal(since, most);
            const Seats::Seat seat(seats_, caller_.name);
            while (seat && entries.empty() && !deadline.passed()) {
                std::this_thread::sleep_for(look_again);
                entries = control_.store.journal(since, most);
            }
            response.lastPosition = static_cast<LONG64>(entries.empty() ? since : entries.back().position);
            put_entries(entries, response);
        });
    }

    int GetResults(_mgr__GetResults* request, _mgr__GetResultsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const rollout::Run run = find(request->runId);
            const auto most = static_cast<std::size_t>(std::clamp(request->mostTargets, 1, most_targets));
            const std::size_t begin =
                request->afterTarget ? place_of(run, *request->afterTarget) + 1 : std::size_t{0};
            const std::size_t end = std::min(run.targets.size(), begin + most);
            for (std::size_t i = begin; i < end; ++i)
                response.results.push_back(wire_result(run, i));
            response.moreTargets = end < run.targets.size();
        });
    }

    int PauseRun(_mgr__PauseRun* request, _mgr__PauseRunResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            control_.desk.pause(request->runId, true);
            response.paused = true;
        });
    }

    int ContinueRun(_mgr__ContinueRun* request, _mgr__ContinueRunResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            control_.desk.pause(request->runId, false);
            response.paused = false;
        });
    }

    int ResumeRun(_mgr__ResumeRun* request, _mgr__ResumeRunResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            control_.desk.resume({request->runId, take_secret(request->password),
                                  take_secret(request->sudoPassword), take_secret(request->bmcPassword)});
            response.state = wire::RunState::running;
        });
    }

    int TakeInventory(_mgr__TakeInventory* request, _mgr__TakeInventoryResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            DeployWish wish = wish_in(*request, caller_);
            wish.looks_only = true;
            response.runId = control_.desk.deploy(std::move(wish));
        });
    }

    int Examine(_mgr__Examine* request, _mgr__ExamineResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            DeployWish wish = wish_in(*request, caller_);
            wish.looks_only = true;
            response.examinationId = control_.desk.examine(std::move(wish));
        });
    }

    int GetExamination(_mgr__GetExamination* request, _mgr__GetExaminationResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const Seats::Seat seat(seats_, caller_.name);
            const std::chrono::seconds wait(seat ? std::clamp(request->waitSeconds, 0, longest_wait) : 0);
            const auto deadline = common::Deadline::in(wait);
            Examination found = control_.desk.examination(request->examinationId, {});
            while (!found.over && !deadline.passed()) // in short steps: a manager that ends waits for each
                found = control_.desk.examination(request->examinationId, look_again);
            response.over = found.over;
            if (!found.problem.empty())
                response.problem = xml_safe(found.problem);
            for (const ExaminedTarget& target : found.targets)
                response.examined.push_back(wire_examined(target));
        });
    }

    int GetInventory(_mgr__GetInventory* request, _mgr__GetInventoryResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const auto document = common::os::read_file_if_there(
                log_folder(request->runId, request->targetName) / "inventory.json", most_document);
            if (!document)
                throw Error(Trouble::not_found, "there is no inventory of that target in this run",
                            "TakeInventory takes one");
            response.document = xml_safe(*document);
        });
    }

    int GetReport(_mgr__GetReport* request, _mgr__GetReportResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const rollout::Run run = find(request->runId);
            response.report = xml_safe(rollout::json_report(run, control_.desk.folder_of(run.id)));
        });
    }

    int GetHealth(_mgr__GetHealth* request, _mgr__GetHealthResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const Health health = control_.desk.health();
            for (const std::string& problem : health.problems)
                response.problems.push_back(xml_safe(problem));
            response.healthy = health.problems.empty();
            response.runsAtWork = static_cast<int>(control_.desk.runs().size());
            response.freeBytes = static_cast<LONG64>(health.free_bytes);
        });
    }

    int GetVersion(_mgr__GetVersion* request, _mgr__GetVersionResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            response.version = common::version();
            response.contract = namespace_uri;
            for (const std::string_view operation : wire::contract::operations)
                response.operations.emplace_back(operation);
        });
    }

    int PutCredential(_mgr__PutCredential* request, _mgr__PutCredentialResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { put_credential(keeper(), *request, response); });
    }

    int GetCredentials(_mgr__GetCredentials* request, _mgr__GetCredentialsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { get_credentials(keeper(), response); });
    }

    int RemoveCredential(_mgr__RemoveCredential* request, _mgr__RemoveCredentialResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            keeper().remove_credential(request->credentialName);
            response.remaining = static_cast<int>(keeper().credentials().size());
        });
    }

    int PutTargets(_mgr__PutTargets* request, _mgr__PutTargetsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { put_targets(keeper(), *request, response); });
    }

    int GetTargets(_mgr__GetTargets* request, _mgr__GetTargetsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { get_targets(keeper(), *request, response); });
    }

    int RemoveTargets(_mgr__RemoveTargets* request, _mgr__RemoveTargetsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            keeper().remove_targets(request->targetNames);
            response.remaining = static_cast<int>(keeper().targets().size());
        });
    }

    int GetGroups(_mgr__GetGroups* request, _mgr__GetGroupsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { get_groups(keeper(), response); });
    }

    int AddComponent(_mgr__AddComponent* request, _mgr__AddComponentResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            response.component =
                wire_component(keeper().add_component(request->componentName, request->path));
        });
    }

    int GetKeptComponents(_mgr__GetKeptComponents* request,
                          _mgr__GetKeptComponentsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            for (const KeptComponent& component : keeper().components())
                response.components.push_back(wire_component(component));
        });
    }

    int RemoveComponent(_mgr__RemoveComponent* request, _mgr__RemoveComponentResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            keeper().remove_component(request->componentName);
            response.remaining = static_cast<int>(keeper().components().size());
        });
    }

    ManagerService* copy() override { return new Service(*this); }

    // The generated one would reset namespaces and SOAP version in the middle of a request.
    void ManagerService_init(soap_mode, soap_mode) override {}

private:
    Keeper& keeper() const { return control_.desk.keeper(); }

    /// No part of a request is ever used as a file's name.
    std::filesystem::path log_folder(const std::string& id, const std::string& target) const
    {
        const rollout::Run run = find(id);
        return control_.desk.folder_of(run.id) /
               rollout::folder_names(run.request.targets)[place_of(run, target)];
    }

    static std::size_t place_of(const rollout::Run& run, const std::string& target)
    {
        for (std::size_t i = 0; i < run.request.targets.size(); ++i)
            if (run.request.targets[i].name == target)
                return i;
        throw Error(Trouble::not_found, "the run has no such target");
    }

    void put_entries(const std::vector<rollout::JournalEntry>& entries,
                     _mgr__GetEventsResponse& response) const
    {
        std::map<std::string, rollout::Run> runs; // for the names of targets
        for (const rollout::JournalEntry& entry : entries) {
            auto found = runs.find(entry.run);
            if (found == runs.end())
                found = runs.emplace(entry.run, find(entry.run)).first;
            response.entries.emplace_back();
            response.entries.back().position = static_cast<LONG64>(entry.position);
            response.entries.back().runId = entry.run;
            response.entries.back().event = wire_event(found->second, entry.event);
        }
    }

    void read_log(const std::filesystem::path& file, const _mgr__ReadLog& request,
                  _mgr__ReadLogResponse& response)
    {
        const auto offset = static_cast<std::uint64_t>(std::max<LONG64>(request.offset, 0));
        const auto most = static_cast<std::size_t>(std::clamp(request.mostBytes, 1, most_log_bytes));
        std::ifstream stream(file, std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(offset));
        auto* bytes = static_cast<unsigned char*>(soap_malloc(soap, most));
        if (bytes == nullptr)
            throw std::bad_alloc();
        stream.read(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(most));
        response.bytes.__ptr = bytes;
        response.bytes.__size = static_cast<int>(stream.gcount());
        response.nextOffset = static_cast<LONG64>(offset) + response.bytes.__size;
        response.size = static_cast<LONG64>(std::filesystem::file_size(file));
    }

    rollout::Run find(const std::string& id) const
    {
        std::optional<rollout::Run> run = control_.store.find(id);
        if (!run)
            throw Error(Trouble::not_found, "there is no such run");
        return *run;
    }

    const LocalControl& control_;
    const Caller& caller_;
    Seats& seats_;
};

/// The operation that stands next in the request; nothing of it is read.
std::string next_operation(::soap* context)
{
    if (soap_peek_element(context) != SOAP_OK)
        return {};
    const std::string tag = context->tag;
    return tag.substr(tag.find(':') == std::string::npos ? 0 : tag.find(':') + 1);
}

/// One call, from its body to its answer.
struct Call {
    const common::net::Request& request;
    const Caller& caller;
    std::string operation{};
    bool denied = false;
};

/// What stands in no table is refused before the engine sees more of it than its name.
int dispatch(::soap* context, const LocalControl& control, Seats& seats, Call& call)
{
    call.operation = next_operation(context);
    call.denied = is_operation(call.operation) && !may_call(call.caller.role, call.operation);
    if (call.denied)
        return common::soap::fault(
            context, Error(Trouble::denied, "the role " + std::string(name_of(call.caller.role)) +
                                                " may not call " + call.operation));
    if (!is_operation(call.operation))
        return common::soap::fault(
            context,
            Error(Trouble::invalid, "there is no operation " + common::one_line(call.operation, 80)));
    Service service(context, control, call.caller, seats);
    return service.dispatch(context);
}

std::string result_of(const common::net::Reply& reply, const Call& call)
{
    if (call.denied)
        return "denied";
    return reply.status == 200 ? "ok" : reply.status == 500 ? "fault" : std::to_string(reply.status);
}

/// The answer to somebody who is not let in; nothing for others.
std::optional<common::net::Reply> refusal(const ManagerCalls& calls, const common::net::Request& request)
{
    std::variant<Caller, common::net::Reply> who = calls.admit(request);
    auto* refusal = std::get_if<common::net::Reply>(&who);
    if (refusal == nullptr)
        return std::nullopt;
    if (calls.refused)
        calls.refused(request, refusal->status);
    return std::move(*refusal);
}

} // namespace

void add_manager_calls(common::net::Router& router, const LocalControl& control, ManagerCalls calls)
{
    using common::net::Reply;
    using common::net::Request;
    const auto seats = std::make_shared<Seats>(calls.most_waiting, calls.most_waiting_of_one);
    const auto shared = std::make_shared<const ManagerCalls>(std::move(calls));
    const auto serve = [&control, shared, seats, endpoint = common::soap::Endpoint(namespace_uri)](
                           const Request& request, std::string body) -> Reply {
        std::variant<Caller, Reply> who = shared->admit(request); // it may be over since the gate
        if (Reply* refused = std::get_if<Reply>(&who))
            return std::move(*refused);
        Call call{request, std::get<Caller>(who)};
        Reply reply = endpoint.serve(
            request, body, [&](::soap* context) { return dispatch(context, control, *seats, call); });
        common::wipe(body); // it may hold passwords
        if (shared->heard)
            shared->heard(request, call.caller, call.operation, result_of(reply, call));
        return reply;
    };
    router.call("/manager", most_request_bytes, serve, common::net::Run::worker,
                [shared](const Request& request) { return refusal(*shared, request); });
}

common::net::Router manager_service(const LocalControl& control)
{
    using common::net::Reply;
    using common::net::Request;
    ManagerCalls calls;
    calls.most_waiting = calls.most_waiting_of_one = control.most_waiting;
    calls.admit = [&control](const Request& request) -> std::variant<Caller, Reply> {
        const std::string given = request.headers.find("Authorization").value_or("");
        if (!common::same_secret(given, "Bearer " + std::string(control.token.reveal())))
            return Reply(401, "The token of the runtime file is needed.\n");
        return Caller{};
    };
    common::net::Router router;
    add_manager_calls(router, control, std::move(calls));
    return router;
}

} // namespace manager::serve
