#include "manager/link/soap_link.hpp"

#include "common/soap/client.hpp"
#include "common/text.hpp"
#include "manager/link/inventory_json.hpp"
#include "manager/link/wire_forms.hpp"
#include "wireAgentProxy.h"

namespace manager::link {

namespace {

/// The most events in one answer; the rest comes with the next call.
constexpr int events_at_once = 500;

/// gSOAP's view of bytes that stay ours; it only reads them.
xsd__base64Binary view(const std::string& bytes)
{
    xsd__base64Binary binary;
    binary.__ptr = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    binary.__size = static_cast<int>(bytes.size());
    return binary;
}

} // namespace

struct SoapLink::Inside {
    template <typename... Way>
    explicit Inside(Way&&... way) : client(std::forward<Way>(way)...)
    {
    }

    common::net::Client client;
    common::soap::Caller caller{client, "/agent"};
    AgentProxy proxy{caller.context()};
};

SoapLink::SoapLink(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
                   const common::Endpoint& agent)
    : inside_(std::make_unique<Inside>(loop, std::move(context), agent.address, agent.port))
{
}

SoapLink::SoapLink(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
                   common::net::Client::Dial dial)
    : inside_(std::make_unique<Inside>(loop, std::move(context), std::move(dial), "agent"))
{
}

SoapLink::~SoapLink() = default;

rollout::Facts SoapLink::inventory(const std::vector<std::string>& packages, common::Deadline deadline)
{
    _agt__GetInventory request;
    request.section.push_back(wire::InventorySection::os);
    if (!packages.empty())
        request.section.push_back(wire::InventorySection::packages);
    request.packageName = packages;
    _agt__GetInventoryResponse response;
    inside_->caller.call("asking for the inventory", deadline,
                         [&] { return inside_->proxy.GetInventory(&request, response); });
    return facts(response.inventory);
}

Inspection SoapLink::inspect(common::Deadline deadline)
{
    _agt__GetInventory request; // no section named: all of them
    _agt__GetInventoryResponse response;
    inside_->caller.call("asking for the whole inventory", deadline,
                         [&] { return inside_->proxy.GetInventory(&request, response); });
    Inspection inspection{facts(response.inventory), inventory_json(response.inventory)};
    inspection.facts.packages.clear();
    return inspection;
}

rollout::JobReport SoapLink::submit(const std::string& order, const std::string& signature,
                                    common::Deadline deadline)
{
    _agt__SubmitJob request;
    request.order = view(order);
    request.signature = view(signature);
    _agt__SubmitJobResponse response;
    inside_->caller.call("handing over the job", deadline,
                         [&] { return inside_->proxy.SubmitJob(&request, response); });
    return job_report(response.job);
}

Reach SoapLink::probe_callback(bool depot_too, common::Deadline deadline)
{
    _agt__ProbeCallback request;
    if (depot_too)
        request.depotToo = true;
    _agt__ProbeCallbackResponse response;
    inside_->caller.call("asking the agent to call us", deadline,
                         [&] { return inside_->proxy.ProbeCallback(&request, response); });
    return {common::one_line(response.problem.value_or(""), 300),
            common::one_line(response.depotProblem.value_or(""), 300)};
}

News SoapLink::news(std::uint64_t since, common::Deadline deadline)
{
    _agt__GetEvents request;
    request.since = static_cast<LONG64>(since);
    request.waitSeconds = 0;
    request.most = events_at_once;
    _agt__GetEventsResponse response;
    inside_->caller.call("asking for events", deadline,
                         [&] { return inside_->proxy.GetEvents(&request, response); });
    return {agent_events(response.events), response.payloadWanted.value_or("")};
}

void SoapLink::bring(const std::string& sha256, const std::filesystem::path& file, std::chrono::seconds stall)
{
    common::while_doing("bringing " + common::one_line(file.filename().string(), 100),
                        [&] { inside_->client.push("/payload/" + sha256, file, stall); });
}

rollout::JobReport SoapLink::cancel(const std::string& job, bool kill, common::Deadline deadline)
{
    _agt__CancelJob request;
    request.jobId = job;
    request.kill = kill;
    _agt__CancelJobResponse response;
    inside_->caller.call("cancelling the job", deadline,
                         [&] { return inside_->proxy.CancelJob(&request, response); });
    return job_report(response.job);
}

rollout::RebootReport SoapLink::reboot(const std::string& order, const std::string& signature,
                                       common::Deadline deadline)
{
    _agt__Reboot request;
    request.order = view(order);
    request.signature = view(signature);
    _agt__RebootResponse response;
    inside_->caller.call("ordering the reboot", deadline,
                         [&] { return inside_->proxy.Reboot(&request, response); });
    return reboot_report(response.reboot);
}

rollout::RebootReport SoapLink::cancel_reboot(common::Deadline deadline)
{
    _agt__CancelReboot request;
    _agt__CancelRebootResponse response;
    inside_->caller.call("cancelling the reboot", deadline,
                         [&] { return inside_->proxy.CancelReboot(&request, response); });
    return reboot_report(response.reboot);
}

Logs SoapLink::logs(common::Deadline deadline)
{
    _agt__ListLogs request;
    _agt__ListLogsResponse response;
    inside_->caller.call("listing the logs", deadline,
                         [&] { return inside_->proxy.ListLogs(&request, response); });
    Logs logs;
    logs.agent_log = log_head(response.agentLog);
    for (const wire::LogFile& log : response.logs)
        logs.files.push_back(
            {log.name, static_cast<std::uint64_t>(std::max<LONG64>(log.size, 0)), log.sha256});
    return logs;
}

void SoapLink::fetch(const LogFile& log, const std::filesystem::path& file, std::chrono::seconds stall)
{
    common::while_doing("fetching the log " + common::one_line(log.name, 100),
                        [&] { inside_->client.pull("/logs/" + log.name, file, most_log_bytes, stall); });
}

void SoapLink::hand_over_log(const std::string& text, common::Deadline deadline)
{
    common::net::Client::Exchange put;
    put.method = "PUT";
    put.target.assign("/logs/").append(common::managers_log);
    put.type = "text/plain; charset=utf-8";
    put.body = text;
    const common::net::Reply reply = inside_->client.exchange(put, deadline);
    if (reply.status / 100 != 2)
        throw common::Error(common::Trouble::rejected, "handing over the manager's log: status " +
                                                           std::to_string(reply.status) + ": " +
                                                           common::one_line(common::trim(reply.body), 200));
}

void SoapLink::carry_log(const std::string& name, const LogRoad& road, std::chrono::seconds time,
                         common::Deadline deadline)
{
    _agt__CarryLog request;
    request.name = name;
    request.road.server = road.server.text();
    request.road.pin = road.pin;
    request.road.path = road.path;
    request.seconds = static_cast<int>(time.count());
    _agt__CarryLogResponse response;
    inside_->caller.call("having " + common::one_line(name, 100) + " carried over the web server", deadline,
                         [&] { return inside_->proxy.CarryLog(&request, response); });
}

void SoapLink::shutdown(common::Deadline deadline)
{
    _agt__Shutdown request;
    _agt__ShutdownResponse response;
    inside_->caller.call("shutting the agent down", deadline,
                         [&] { return inside_->proxy.Shutdown(&request, response); });
}

} // namespace manager::link
