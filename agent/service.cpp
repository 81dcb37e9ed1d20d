#include "agent/service.hpp"

#include "agent/inventory/inventory.hpp"
#include "agent/process_name.hpp"
#include "agent/wire_forms.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "common/version.hpp"
#include "wireAgentService.h"

#include <algorithm>

namespace agent {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::soap::answer;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view name_space = "urn:soapstone:agent:1";
constexpr std::string_view logs_prefix = "/logs/";
constexpr std::string_view payload_prefix = "/payload/";
constexpr int longest_wait = 60;
constexpr int most_events = 1000;
constexpr int longest_lease = 86'400;
constexpr std::size_t most_event_bytes = 2 << 20;

std::string bytes_of(const xsd__base64Binary& binary)
{
    if (!binary.__ptr || binary.__size <= 0)
        return {};
    return {reinterpret_cast<const char*>(binary.__ptr), static_cast<std::size_t>(binary.__size)};
}

int in_range(LONG64 number, int least, int most, std::string_view name)
{
    if (number < least || number > most)
        throw Error(Trouble::invalid,
                    std::string(name) + " must be " + std::to_string(least) + " to " + std::to_string(most));
    return static_cast<int>(number);
}

wire::LogFile log_file(const fs::path& file)
{
    const common::os::Descriptor open_file =
        common::os::open_file(file, common::os::Open::read | common::os::Open::no_link);
    wire::LogFile log;
    log.name = file.filename().string();
    log.size = static_cast<LONG64>(common::os::file_size(open_file.get()).value_or(0));
    log.sha256 = common::tls::sha256_of_file(open_file.get());
    return log;
}

/// The logs of the run. A component runs as root and may have removed them.
std::vector<wire::LogFile> logs_in(const fs::path& folder)
{
    std::vector<wire::LogFile> logs;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure))
        logs.push_back(log_file(entry.path()));
    if (failure == std::errc::no_such_file_or_directory)
        throw Error(Trouble::rejected,
                    "something on the target removed the folder of the logs, " + folder.string());
    if (failure)
        throw Error(Trouble::rejected, "reading " + folder.string() + ": " + failure.message());
    return logs;
}

wire::Trace trace(std::string kind, std::string name)
{
    wire::Trace made;
    made.kind = std::move(kind);
    made.name = std::move(name);
    return made;
}

/// The operations. One serves as the pattern; each call is served by a copy of it.
class Service final : public AgentService {
public:
    explicit Service(Desk& desk) : desk_(desk) {}

    /// For the call in `context`. Made by copying because every other generated constructor sets modes and
    /// namespaces anew, and with them what the context has already learned from the request.
    Service(const Service& pattern, ::soap* context) : AgentService(pattern), desk_(pattern.desk_)
    {
        soap = context;
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    AgentService* copy() override { return new Service(*this, soap); }

    int GetStatus(_agt__GetStatus* request, _agt__GetStatusResponse& response) override
    {
        return answer(soap, request, [&] { response.status = status(); });
    }

    int GetInventory(_agt__GetInventory* request, _agt__GetInventoryResponse& response) override
    {
        return answer(soap, request, [&] {
            response.inventory =
                inventory::take_inventory(request->section, request->packageName, Deadline::in(25s));
        });
    }

    int SubmitJob(_agt__SubmitJob* request, _agt__SubmitJobResponse& response) override
    {
        return answer(soap, request, [&] {
            response.job = to_wire(desk_.jobs.submit(bytes_of(request->order), bytes_of(request->signature)));
        });
    }

    int GetEvents(_agt__GetEvents* request, _agt__GetEventsResponse& response) override
    {
        return answer(soap, request, [&] { events(*request, response); });
    }

    int ProbeCallback(_agt__ProbeCallback* request, _agt__ProbeCallbackResponse& response) override
    {
        return answer(soap, request, [&] {
            if (const std::string problem = desk_.reporter.probe(); !problem.empty())
                response.problem = common::xml_safe(problem);
            if (!request->depotToo.value_or(false))
                return;
            if (const std::string problem = desk_.depot.probe(); !problem.empty())
                response.depotProblem = common::xml_safe(problem);
        });
    }

    int ListLogs(_agt__ListLogs* request, _agt__ListLogsResponse& response) override
    {
        return answer(soap, request, [&] {
            response.logs = logs_in(desk_.folder.logs());
            response.agentLog = to_wire(desk_.log.head());
        });
    }

    int CarryLog(_agt__CarryLog* request, _agt__CarryLogResponse&) override
    {
        return answer(soap, request, [&] {
            const std::chrono::seconds time(in_range(request->seconds, 1, longest_wait, "seconds"));
            desk_.courier.carry(request->name, log_road(request->road), time);
        });
    }

    int CancelJob(_agt__CancelJob* request, _agt__CancelJobResponse& response) override
    {
        return answer(soap, request,
                      [&] { response.job = to_wire(desk_.jobs.cancel(request->jobId, request->kill)); });
    }

    int RenewLease(_agt__RenewLease* request, _agt__RenewLeaseResponse& response) override
    {
        return answer(soap, request, [&] {
            desk_.lease.set(std::chrono::seconds(in_range(request->seconds, 1, longest_lease, "seconds")));
            response.leaseLeftSeconds = static_cast<int>(desk_.lease.left().count());
        });
    }

    int Reboot(_agt__Reboot* request, _agt__RebootResponse& response) override
    {
        return answer(soap, request, [&] {
            response.reboot =
                to_wire(desk_.reboot.order(bytes_of(request->order), bytes_of(request->signature)));
        });
    }

    int CancelReboot(_agt__CancelReboot* request, _agt__CancelRebootResponse& response) override
    {
        return answer(soap, request, [&] { response.reboot = to_wire(desk_.reboot.cancel()); });
    }

    int Shutdown(_agt__Shutdown* request, _agt__ShutdownResponse& response) override
    {
        return answer(soap, request, [&] {
            if (!desk_.jobs.close("the agent was told to go before it began"))
                throw Error(Trouble::busy, "a job is running");
            response.traces = {trace("folder", desk_.folder.root().string()),
                               trace("port", std::to_string(desk_.port)),
                               trace("process", std::to_string(ProcessName::of_this_process().pid))};
            desk_.shutdown = true;
        });
    }

private:
    wire::AgentStatus status() const;
    void events(const _agt__GetEvents& request, _agt__GetEventsResponse& response) const;

    Desk& desk_;
};

wire::AgentStatus Service::status() const
{
    wire::AgentStatus status;
    status.version = common::version();
    status.runId = desk_.orders.run;
    status.targetId = desk_.orders.target;
    status.boot = desk_.boot;
    status.epoch = static_cast<LONG64>(desk_.orders.epoch);
    status.startedAt = desk_.started;
    status.now = std::chrono::system_clock::now();
    status.leaseSeconds = static_cast<int>(desk_.lease.length().count());
    status.leaseLeftSeconds = static_cast<int>(desk_.lease.left().count());
    if (const std::string problem = desk_.journal.problem(); !problem.empty())
        status.journalProblem = common::xml_safe(problem);
    status.lastSeq = static_cast<LONG64>(desk_.journal.last_seq());
    for (const JobStatus& job : desk_.jobs.all())
        status.jobs.push_back(to_wire(job));
    return status;
}

void Service::events(const _agt__GetEvents& request, _agt__GetEventsResponse& response) const
{
    if (request.since < 0)
        throw Error(Trouble::invalid, "since must not be negative");
    const auto since = static_cast<std::uint64_t>(request.since);
    const int wait = in_range(request.waitSeconds, 0, longest_wait, "waitSeconds");
    const int most = in_range(request.most, 1, most_events, "most");
    desk_.journal.acknowledge(since);
    if (wait > 0)
        desk_.journal.wait_in_turn(since, Deadline::in(std::chrono::seconds(wait)));
    for (const Event& event : desk_.journal.read(since, static_cast<std::size_t>(most), most_event_bytes))
        response.events.push_back(to_wire(event));
    response.lastSeq = static_cast<LONG64>(desk_.journal.last_seq());
    if (const std::string hash = desk_.delivery.asked(); !hash.empty())
        response.payloadWanted = hash;
}

std::variant<common::net::Reply, common::net::SendFile> send_log(const Desk& desk,
                                                                 const common::net::Request& request)
{
    const std::optional<fs::path> file = desk.folder.log(request.path.substr(logs_prefix.size()));
    if (!file)
        return common::net::Reply(404, "There is no such log.\n");
    return common::net::SendFile{*file, "text/plain; charset=utf-8", ""};
}

/// What the manager wrote of this target lies beside what the agent wrote.
std::variant<common::net::Reply, common::net::StoreFile> take_managers_log(const Desk& desk)
{
    constexpr std::uint64_t most = 2 << 20; // bytes; the manager sends half of that
    return common::net::StoreFile{desk.folder.logs() / common::managers_log, most, {}};
}

bool is_whole(const common::JobOrder& order, const fs::path& file)
{
    std::error_code missing;
    return fs::file_size(file, missing) == order.size;
}

/// All of a payload is here: it counts only when it is what the order names.
common::net::Reply take_over(Desk& desk, const common::JobOrder& order, const fs::path& file)
{
    if (is_whole(order, file)) { // by an earlier call whose answer got lost, or we have fetched it
        fs::remove(brought(file));
        return {204};
    }
    if (!is_payload(order, brought(file))) {
        fs::remove(brought(file));
        return {409,
                "This is something else than the order names: the file was changed on the manager's machine "
                "since the run began.\n"};
    }
    fs::rename(brought(file), file);
    desk.delivery.arrived();
    return {204};
}

std::variant<common::net::Reply, common::net::StoreFile> take_payload(Desk& desk,
                                                                      const common::net::Request& request)
{
    const std::optional<common::JobOrder> order =
        desk.jobs.order_for(request.path.substr(payload_prefix.size()));
    if (!order)
        return common::net::Reply(404, "No job needs this payload.\n");
    const fs::path file = desk.folder.payload() / order->sha256;
    const auto moved = [&desk] { desk.lease.renew(); };
    const bool here = is_whole(*order, file); // only the last answer got lost, or we have fetched it
    if (here && request.method == "PUT")
        return common::net::Reply(204); // opening it to write would disturb an installer at work
    if (here)
        return common::net::StoreFile{file, order->size, {}, moved};
    return common::net::StoreFile{
        brought(file), order->size,
        [&desk, order = *order, file](std::uint64_t) { return take_over(desk, order, file); }, moved};
}

} // namespace

common::net::Router routes(Desk& desk)
{
    common::net::Router router;
    router.call("/agent", common::soap::most_request_bytes,
                [&desk, pattern = std::make_shared<const Service>(desk),
                 endpoint = common::soap::Endpoint(name_space)](const common::net::Request& request,
                                                                const std::string& body) {
                    desk.lease.renew();
                    return endpoint.serve(request, body, [&](::soap* context) {
                        return Service(*pattern, context).dispatch(context);
                    });
                });
    router.get(std::string(logs_prefix), [&desk](const common::net::Request& request) {
        desk.lease.renew();
        return send_log(desk, request);
    });
    std::string managers_log(logs_prefix);
    managers_log += common::managers_log;
    router.put(managers_log, [&desk, managers_log](const common::net::Request& request) {
        desk.lease.renew();
        return request.path == managers_log ? take_managers_log(desk)
                                            : common::net::Reply(404, "Logs are only read here.\n");
    });
    router.put(std::string(payload_prefix), [&desk](const common::net::Request& request) {
        desk.lease.renew();
        return take_payload(desk, request);
    });
    return router;
}

} // namespace agent
