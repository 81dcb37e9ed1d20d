#include "agent/run.hpp"

#include "agent/inventory/inventory.hpp"
#include "agent/janitor.hpp"
#include "agent/no_trace.hpp"
#include "agent/port_opening.hpp"
#include "agent/process_name.hpp"
#include "agent/refusals.hpp"
#include "agent/removal.hpp"
#include "agent/reporter.hpp"
#include "agent/service.hpp"
#include "agent/single.hpp"
#include "agent/state_folder.hpp"
#include "agent/target_lock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "common/version.hpp"

#include <optional>

namespace agent {

using common::Error;
using common::Orders;
using common::Ready;
using namespace std::chrono_literals;
namespace net = common::net;
namespace tls = common::tls;

namespace {

constexpr auto stop_grace = 5s;
constexpr std::uint16_t last_port = 65535;
constexpr int io_threads = 1;
constexpr int workers = 3; ///< one may wait for events, one take an inventory: one is left

/// Why the agent is to remove itself; empty: it is only stopped.
std::string wait_for_end(Desk& desk, const StopRequest& stop)
{
    while (!stop.wait(100ms)) {
        if (desk.shutdown)
            return "on request";
        desk.reboot.make_when_due();
        if (desk.lease.is_over(desk.jobs.is_busy()) && desk.jobs.close("the manager was not heard of"))
            return "the lease was over";
    }
    return {};
}

/// Binds the address that the manager reached, or all addresses where that one is not ours.
std::pair<std::string, net::Bound> listen(net::Server& server, const Orders& orders)
{
    if (orders.listen_address.empty())
        return {"", server.listen("", orders.first_port, last_port)};
    try {
        return {orders.listen_address, server.listen(orders.listen_address, orders.first_port, last_port)};
    } catch (const Error&) {
        return {"", server.listen("", orders.first_port, last_port)};
    }
}

Ready ready_line(const Desk& desk, const std::string& fingerprint)
{
    Ready ready;
    ready.nonce = desk.orders.nonce;
    ready.protocol = common::protocol_version;
    ready.version = common::version();
    ready.fingerprint = fingerprint;
    ready.boot = desk.boot;
    ready.machine = inventory::machine_id();
    const ProcessName process = ProcessName::of_this_process();
    ready.pid = process.pid;
    ready.start_time = process.start;
    ready.folder = desk.folder.root().string();
    return ready;
}

/// Whom the agent serves; the address is the one by which it reports.
void tell_start(const Orders& orders, const common::os::Audit& audit)
{
    audit.tell("start_agent", {{"manager_key", orders.manager_pin},
                               {"manager", orders.callbacks.empty() ? "" : orders.callbacks.front().text()},
                               {"run_of", orders.manager},
                               {"manager_start", std::to_string(orders.epoch)},
                               {"version", std::string(common::version())}});
}

OrderRules rules(const Orders& orders)
{
    return {common::from_hex(orders.order_key).value_or(""), orders.run, orders.target,
            inventory::machine_id()};
}

/// What the parts of the agent share. Members go in reverse order: whoever uses another is gone before it.
class Life {
public:
    Life(const Orders& orders, const RunFolder& folder, const shim::Start& start_shim, const AgentLog& log)
        : orders_(orders), folder_(folder), start_shim_(start_shim), log_(log), failpoints_(orders.failpoint),
          lease_(orders.lease), client_(tls::Context::client(identity_, tls::only(orders.manager_pin))),
          journal_(folder.journal(), [this](const Event& event) { memory_.see(event); }),
          depot_(
              loop_, client_, orders.depots, [this] { lease_.renew(); }, delivery_, failpoints_),
          jobs_(folder, rules(orders), tools(), journal_, memory_, log, failpoints_),
          reboot_(folder, rules(orders), {common::os::boot_id()}, jobs_, journal_, log),
          reporter_(loop_, client_,
                    {orders.callbacks, orders.run, orders.target, boot_, [this] { lease_.renew(); }},
                    journal_, failpoints_),
          courier_(loop_, folder, log, [this] { lease_.renew(); }),
          desk_{orders,    folder, log,     boot_,  std::chrono::system_clock::now(),
                journal_,  jobs_,  reboot_, lease_, delivery_,
                reporter_, depot_, courier_},
          refusals_(log.audit()),
          server_(loop_, tls::Context::server(identity_, tls::only(orders.manager_pin)), routes(desk_), {},
                  [this](const std::string& address, const std::string& why) { refusals_.see(address, why); })
    {
    }

    bool live(const StopRequest& stop, const std::function<void(const Ready&)>& ready);

private:
    Jobs::Tools tools()
    {
        return {start_shim_,
                [this](const common::JobOrder& order, const std::filesystem::path& file,
                       const GiveUp& give_up) { depot_.fetch(order, file, give_up); },
                common::os::boot_id()};
    }

    const Orders& orders_;
    const RunFolder& folder_;
    const shim::Start& start_shim_;
    const AgentLog& log_;
    const Failpoints failpoints_;
    const std::string boot_ = common::to_hex(common::os::random_bytes(8));
    const tls::Identity identity_ = tls::Identity::make("soapstone agent");
    Lease lease_;
    std::shared_ptr<const tls::Context> client_;
    net::Loop loop_{io_threads, workers};
    JobMemory memory_;
    Journal journal_;
    Delivery delivery_;
    Depot depot_;
    Jobs jobs_;
    Reboot reboot_;
    Reporter reporter_;
    LogCourier courier_;
    Desk desk_;
    Refusals refusals_;
    net::Server server_;
};

bool Life::live(const StopRequest& stop, const std::function<void(const Ready&)>& ready)
{
    Ready line = ready_line(desk_, identity_.fingerprint());
    const auto [address, bound] = listen(server_, orders_);
    desk_.port = line.port = bound.port;
    line.address = address;
    line.taken = bound.taken;
    log_.info("listens on port " + std::to_string(bound.port));
    PortOpening opening(folder_, boot_, log_);
    if (!orders_.let_in.empty())
        line.opened = opening.open(orders_.let_in, bound.port);
    ready(line);
    jobs_.start();
    const std::string removal = wait_for_end(desk_, stop);
    journal_.stop_waiting(); // ends waiting GetEvents
    server_.stop(stop_grace);
    reporter_.stop();
    jobs_.stop();
    opening.close();
    if (removal.empty()) {
        log_.info("stopped");
        log_.audit().tell("stop_agent", {{"why", "told to by a signal"}});
        return false;
    }
    reboot_.forget();
    remove_ourselves(orders_, folder_, jobs_, journal_, log_, removal);
    return true;
}

} // namespace

bool run(const Orders& orders, const RunFolder& folder, const shim::Start& start_shim,
         const StopRequest& stop, const std::function<void(const Ready&)>& ready)
{
    const std::optional<NoTrace> no_trace =
        orders.leave_nothing ? std::make_optional<NoTrace>(folder) : std::nullopt;
    folder.prepare_logs();
    const AgentLog log(folder.logs() / "agent.log", orders.run, orders.target);
    log.info("agent " + std::string(common::version()) + " of run " + orders.run + ", start " +
             std::to_string(orders.epoch) + " of its manager, process " +
             std::to_string(ProcessName::of_this_process().pid));
    tell_start(orders, log.audit());
    try {
        stop_agent_before(folder, orders.epoch, log);
        const TargetLock target(state_folder(), orders, log);
        leave_record(folder, orders.epoch);
        close_ports_of_dead(folder, log);
        if (!orders.leave_nothing)
            tidy_up_after_others(state_folder(), orders.run, log);
        folder.prepare();
        std::filesystem::remove(folder.tombstone());
        return Life(orders, folder, start_shim, log).live(stop, ready);
    } catch (const std::exception& error) {
        log.warning(std::string("cannot go on: ") + error.what());
        log.audit().warn("stop_agent", {{"why", error.what()}});
        throw;
    }
}

} // namespace agent
