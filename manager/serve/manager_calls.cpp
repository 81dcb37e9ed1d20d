#include "manager/serve/manager_calls.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"
#include "common/version.hpp"
#include "manager/serve/errand_calls.hpp"
#include "manager/serve/keeper_calls.hpp"
#include "manager/serve/run_folder.hpp"
#include "manager/serve/run_reader.hpp"
#include "manager/serve/wire_runs.hpp"
#include "wireManagerService.h"
#include "wire_contract.hpp"

#include <unistd.h>

namespace manager::serve {

using common::Error;
using common::Trouble;
using common::xml_safe;

namespace {

constexpr std::size_t longest_key = 200; // bytes

/// What Deploy, TakeInventory and the errands have in common.
template <typename Request>
DeployWish wish_in(Request& request, const Caller& caller)
{
    if (request.key.empty() || request.key.size() > longest_key)
        throw Error(Trouble::invalid, "a key has 1 to 200 bytes");
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
    Service(::soap* context, const LocalControl& control, const Caller& caller, const std::string& host,
            Waiting& waiting)
        : ManagerService(context), control_(control), caller_(caller), host_(host), waiting_(waiting),
          runs_(control, waiting)
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
        return common::soap::answer(soap, request, [&] { runs_.runs(*request, response); });
    }

    int GetLogs(_mgr__GetLogs* request, _mgr__GetLogsResponse& response) override
    {
        return common::soap::answer(
            soap, request, [&] { runs_.logs(caller_.local ? std::string() : host_, *request, response); });
    }

    int ReadLog(_mgr__ReadLog* request, _mgr__ReadLogResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { runs_.read_log(soap, *request, response); });
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
            for (const std::string& run : control_.desk.runs())
                out.runs.push_back(wire_run(run_named(control_, run), control_.desk, false));
        });
    }

    int GetRun(_mgr__GetRun* request, _mgr__GetRunResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            response.run = wire_run(run_named(control_, request->runId), control_.desk, true);
        });
    }

    int GetRunEvents(_mgr__GetRunEvents* request, _mgr__GetRunEventsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { runs_.run_events(*request, response); });
    }

    int CancelRun(_mgr__CancelRun* request, _mgr__CancelRunResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            const Cancel how = !request->endJobs   ? Cancel::one_step
                               : *request->endJobs ? Cancel::at_once
                                                   : Cancel::gently;
            // It may be over, as when the answer to a call before was lost.
            const bool over = run_named(control_, request->runId).ended != 0;
            response.state = over ? wire::RunState::finished : wire::RunState::running;
            if (!over)
                control_.desk.cancel(request->runId, how);
        });
    }

    int GetEvents(_mgr__GetEvents* request, _mgr__GetEventsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { runs_.events(*request, response); });
    }

    int GetResults(_mgr__GetResults* request, _mgr__GetResultsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { runs_.results(*request, response); });
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

    int CheckTargets(_mgr__CheckTargets* request, _mgr__CheckTargetsResponse& response) override
    {
        return common::soap::answer(soap, request,
                                    [&] { response.errandId = begin(Errand::check, *request); });
    }

    int CleanUpTargets(_mgr__CleanUpTargets* request, _mgr__CleanUpTargetsResponse& response) override
    {
        return common::soap::answer(soap, request,
                                    [&] { response.errandId = begin(Errand::clean_up, *request); });
    }

    int VisitBmcs(_mgr__VisitBmcs* request, _mgr__VisitBmcsResponse& response) override
    {
        return common::soap::answer(soap, request,
                                    [&] { response.errandId = begin(errand_of(request->action), *request); });
    }

    int GetErrand(_mgr__GetErrand* request, _mgr__GetErrandResponse& response) override
    {
        return common::soap::answer(soap, request,
                                    [&] { get_errand(control_.desk, waiting_, *request, response); });
    }

    int CancelErrand(_mgr__CancelErrand* request, _mgr__CancelErrandResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            control_.desk.cancel_errand(request->errandId);
            response.state = state_of_errand(control_.desk, request->errandId);
        });
    }

    int GetInventory(_mgr__GetInventory* request, _mgr__GetInventoryResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { runs_.inventory(*request, response); });
    }

    int GetReport(_mgr__GetReport* request, _mgr__GetReportResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { runs_.report(*request, response); });
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
            response.contract = manager_namespace;
            for (const std::string_view operation : wire::contract::operations)
                response.operations.emplace_back(operation);
        });
    }

    int GetAgents(_mgr__GetAgents* request, _mgr__GetAgentsResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { runs_.agents(*request, response); });
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
    /// Id of the errand.
    template <typename Request>
    std::string begin(Errand errand, Request& request) const
    {
        return control_.desk.begin_errand(errand, wish_in(request, caller_));
    }

    Keeper& keeper() const { return control_.desk.keeper(); }

    const LocalControl& control_;
    const Caller& caller_;
    const std::string& host_;
    Waiting& waiting_;
    const RunReader runs_;
};

} // namespace

int answer_call(::soap* context, const LocalControl& control, const Caller& caller, const std::string& host,
                Waiting& waiting)
{
    Service service(context, control, caller, host, waiting);
    return service.dispatch(context);
}

} // namespace manager::serve
