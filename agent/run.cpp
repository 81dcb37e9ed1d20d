#include "agent/run.hpp"

#include "agent/fetch.hpp"
#include "agent/inventory/inventory.hpp"
#include "agent/service.hpp"
#include "agent/single.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "common/version.hpp"

#include <csignal>
#include <unistd.h>

namespace agent {

using common::Error;
using common::Orders;
using common::Ready;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace net = common::net;
namespace tls = common::tls;

namespace {

constexpr auto stop_grace = 5s;
constexpr std::uint16_t last_port = 65535;

enum class End { stopped, removed_on_request, removed_by_lease };

/// Waits for what ends the agent. SIGTERM and the like are blocked in all threads.
End wait_for_end(const Desk& desk)
{
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    const timespec time{0, 200'000'000};
    while (::sigtimedwait(&set, nullptr, &time) < 0) {
        if (desk.shutdown)
            return End::removed_on_request;
        if (desk.jobs.busy())
            desk.lease.renew(); // after the last job one idle lease is left
        else if (desk.lease.over())
            return End::removed_by_lease;
    }
    return End::stopped;
}

void block_signals()
{
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGHUP, SIG_IGN);
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

Ready ready_line(const Orders& orders, const fs::path& folder, const std::string& fingerprint,
                 const std::string& boot)
{
    Ready ready;
    ready.nonce = orders.nonce;
    ready.protocol = common::protocol_version;
    ready.version = common::version();
    ready.fingerprint = fingerprint;
    ready.boot = boot;
    ready.machine = inventory::machine_id();
    ready.pid = static_cast<std::uint64_t>(::getpid());
    ready.start_time = common::os::start_time(::getpid()).value_or(0);
    ready.folder = folder.string();
    return ready;
}

void notice(Journal& journal, std::string text)
{
    Event event;
    event.kind = "notice";
    event.text = std::move(text);
    try {
        journal.append(event);
    } catch (const Error&) {
        // GetStatus tells what is wrong with the journal.
    }
}

/// Removes all of ours but logs and journal.
void leave(const Orders& orders, const fs::path& folder, const std::string& why)
{
    common::Fields tombstone{"soapstone-tombstone 1"};
    tombstone.add("run", orders.run)
        .add("target", orders.target)
        .add("epoch", orders.epoch)
        .add("time", common::utc_now())
        .add("why", why);
    common::os::write_file_durably(folder / "tombstone", tombstone.text());
    std::error_code problem;
    for (const char* part : {"jobs", "payload", "agent.pid", "lock"})
        fs::remove_all(folder / part, problem);
}

Jobs::Settings job_settings(const Orders& orders, const fs::path& folder, net::Loop& loop,
                            const std::shared_ptr<const tls::Context>& client)
{
    Jobs::Settings settings;
    settings.folder = folder;
    settings.run = orders.run;
    settings.target = orders.target;
    settings.machine = inventory::machine_id();
    settings.order_key = common::from_hex(orders.order_key).value_or("");
    settings.fetch = [&loop, client, depots = orders.depots](
                         const common::JobOrder& order, const fs::path& file, const std::atomic<bool>& stop) {
        fetch_payload(loop, client, depots, order, file, stop);
    };
    return settings;
}

End serve(const Orders& orders, const fs::path& folder, const std::function<void(const Ready&)>& tell)
{
    const tls::Identity identity = tls::Identity::make("soapstone agent");
    const auto client = tls::Context::client(identity, tls::only(orders.manager_pin));
    const std::string boot = common::to_hex(common::os::random_bytes(8));
    Lease lease(orders.lease);
    net::Loop loop(1, 2);
    Journal journal(folder / "journal");
    Jobs jobs(job_settings(orders, folder, loop, client), journal);
    Reporter reporter(loop, client,
                      {orders.callbacks, orders.run, orders.target, boot, [&lease] { lease.renew(); }},
                      journal);
    Desk desk{orders, folder, boot, std::chrono::system_clock::now(), 0, journal, jobs, reporter, lease};
    net::Server server(loop, tls::Context::server(identity, tls::only(orders.manager_pin)), routes(desk));
    Ready ready = ready_line(orders, folder, identity.fingerprint(), boot);
    const auto [address, bound] = listen(server, orders);
    desk.port = ready.port = bound.port;
    ready.address = address;
    ready.taken = bound.taken;
    notice(journal, "agent listens on port " + std::to_string(bound.port));
    tell(ready);
    const End end = wait_for_end(desk);
    journal.wake(); // ends waiting GetEvents
    server.stop(stop_grace);
    reporter.stop();
    jobs.stop();
    return end;
}

} // namespace

void run(const Orders& orders, const fs::path& folder, const std::function<void(const Ready&)>& ready)
{
    block_signals();
    const common::os::Descriptor lock = become_only_agent(folder, orders.epoch);
    fs::remove(folder / "tombstone");
    const End end = serve(orders, folder, ready);
    if (end == End::removed_on_request)
        leave(orders, folder, "on request");
    else if (end == End::removed_by_lease)
        leave(orders, folder, "the lease was over");
}

} // namespace agent
