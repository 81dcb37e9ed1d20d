#include "manager/cli/station.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/context.hpp"
#include "manager/cli/agent_ports.hpp"
#include "manager/cli/api_port.hpp"
#include "manager/cli/campaign.hpp"
#include "manager/cli/run_doors.hpp"
#include "manager/cli/runtime_file.hpp"
#include "manager/cli/web_desk.hpp"
#include "manager/serve/callback_service.hpp"
#include "manager/serve/depot.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/trust/run_keys.hpp"

#include <mutex>
#include <optional>
#include <shared_mutex>

namespace manager::cli {

using common::net::Server;
using common::tls::Context;

namespace {

/// Enough for callbacks and payload of thousands of targets; handlers wait for the store, not for the
/// network.
constexpr std::size_t io_threads = 2;
constexpr std::size_t handler_threads = 8;

/// The local control has threads of its own: whoever orders something there must hold up no agent.
constexpr std::size_t control_threads = 4;

constexpr std::chrono::seconds stop_grace{2};

} // namespace

class Station::Inside final : public serve::ManagerDesk {
public:
    Inside(Setup setup, rollout::Store& store)
        : setup_(std::move(setup)), cabinet_(setup_.data, setup_.box), store_(store),
          loop_(io_threads, handler_threads), control_loop_(1, control_threads),
          changes_(store), control_{common::Secret(common::to_hex(common::os::random_bytes(32))),
                                    common::to_milliseconds(std::chrono::system_clock::now()), store, *this,
                                    changes_},
          local_(control_loop_, Context::server_without_client_certificates(identity_),
                 serve::manager_service(control_))
    {
        if (setup_.run.empty())
            api_.emplace(setup_.data, setup_.places, setup_.box.get(), control_);
        const std::uint16_t wanted = setup_.places.local_port;
        const serve::PortInUse local = open_port(local_, "local", "127.0.0.1", wanted, wanted);
        keep(local);
        if (setup_.places.web)
            open_web();
        runtime_.emplace(setup_.data, setup_.run, local.port, identity_.fingerprint(),
                         control_.token.reveal());
    }

    ~Inside() override { stop_serving(); }

    void stop_serving()
    {
        if (api_)
            api_->stop(stop_grace);
        local_.stop(stop_grace);
    }

    // What the local control asks for.

    std::vector<serve::PortInUse> ports() const override
    {
        const std::lock_guard lock(mutex_);
        return ports_;
    }
    std::vector<std::string> runs() const override { return doors_.runs(); }
    void cancel(const std::string& run, serve::Cancel how) override { doors_.cancel(run, how); }
    void pause(const std::string& run, bool on) override { doors_.pause(run, on); }
    bool is_paused(const std::string& run) const override
    {
        return std::filesystem::exists(paused_file(folder_of(run)));
    }

    std::string deploy(serve::DeployWish wish) override
    {
        const std::shared_lock lock(orders_);
        return taker().deploy(std::move(wish));
    }
    void resume(serve::ResumeWish wish) override
    {
        const std::shared_lock lock(orders_);
        taker().resume(std::move(wish));
    }
    std::string begin_errand(serve::Errand errand, serve::DeployWish wish) override
    {
        const std::shared_lock lock(orders_);
        return taker().begin_errand(errand, std::move(wish));
    }
    serve::ErrandNews errand_news(const std::string& id, std::size_t since, std::size_t most) const override
    {
        const std::shared_lock lock(orders_);
        return taker().errand_news(id, since, most);
    }
    void cancel_errand(const std::string& id) override
    {
        const std::shared_lock lock(orders_);
        taker().cancel_errand(id);
    }
    serve::Health health() const override
    {
        constexpr std::uint64_t little = 256 << 20; // bytes
        serve::Health health;
        std::error_code failure;
        const auto space = std::filesystem::space(setup_.data, failure);
        health.free_bytes = failure ? 0 : space.available;
        if (health.free_bytes < little)
            health.problems.emplace_back("less than 256 MiB are free for runs and their logs");
        try {
            store_.newest_position();
        } catch (const common::Error& error) {
            health.problems.push_back("runs cannot be read: " + error.text());
        }
        const std::shared_lock lock(orders_);
        if (!taker_)
            health.problems.emplace_back("it takes no runs");
        return health;
    }
    std::vector<link::AgentAtWork> agents() const override { return roster_.agents(); }
    serve::Keeper& keeper() override
    {
        if (!api_)
            throw common::Error(common::Trouble::rejected, "this manager keeps nothing",
                                "'soapstone serve' is one that does");
        return cabinet_;
    }
    const Cabinet& cabinet() const { return cabinet_; }
    std::filesystem::path folder_of(const std::string& run) const override
    {
        return setup_.data / "runs" / run;
    }

    void take_orders(std::optional<OrderTaker> taker)
    {
        const std::unique_lock lock(orders_);
        taker_ = std::move(taker);
    }

    // What campaigns ask for.

    std::shared_ptr<void> admit(const std::string& run, RunHooks hooks)
    {
        return doors_.open(run, std::move(hooks));
    }

    /// In this order the first time: the local control took the lowest port from 61000, callbacks take the
    /// next one behind it.
    void open_agent_ports()
    {
        const std::lock_guard opening(opening_);
        if (agent_ports_)
            return;
        const auto take_events = [this](const link::RunTarget& target,
                                        std::vector<rollout::AgentEvent> events) {
            return doors_.take_events(target, std::move(events));
        };
        auto ports = std::make_unique<AgentPorts>(
            loop_, identity_, roster_, serve::callback_service(roster_, take_events), serve::depot(roster_));
        const std::uint16_t local = this->ports().front().port;
        const Places& places = setup_.places;
        const bool collides = places.callback_port <= local && places.callback_port >= places.local_port;
        ports->open(places, static_cast<std::uint16_t>(collides ? local + 1 : places.callback_port),
                    api_ ? open_api() : places.api_port);
        for (const serve::PortInUse& port : ports->ports())
            keep(port);
        agent_ports_ = std::move(ports);
    }

    const AgentPorts& agent_ports() const
    {
        const std::lock_guard opening(opening_);
        if (!agent_ports_)
            throw common::Error(common::Trouble::defect, "no ports are open for agents");
        return *agent_ports_;
    }

    WebDesk& open_web()
    {
        const std::lock_guard opening(opening_);
        if (!web_) {
            WebOptions options;
            options.data = setup_.data;
            options.listen = setup_.places.listen;
            options.advertise = setup_.places.advertise;
            options.port = setup_.places.web_port;
            options.view = setup_.places.web;
            options.say = setup_.say;
            web_.emplace(loop_, std::move(options), store_);
            keep(web_->port());
        }
        return *web_;
    }

    link::LogServer* log_server()
    {
        const std::lock_guard opening(opening_);
        return web_ ? &*web_ : nullptr;
    }

    std::string new_login_url() { return setup_.places.web ? open_web().new_login_url() : std::string(); }

    std::vector<std::string> notices() const
    {
        std::vector<std::string> notices;
        for (const serve::PortInUse& port : ports())
            if (std::string notice = notice_of(port); !notice.empty())
                notices.push_back(std::move(notice));
        return notices;
    }

    common::net::Loop& loop() { return loop_; }
    const common::tls::Identity& identity() const { return identity_; }
    link::Roster& roster() { return roster_; }
    void note_change() { changes_.add(); }

private:
    /// Returns the first port that the depot is to try.
    std::uint16_t open_api()
    {
        const std::uint16_t wanted = setup_.places.api_port;
        const serve::PortInUse port = api_->open(setup_.places);
        keep(port);
        return static_cast<std::uint16_t>(wanted == 0 ? 0 : port.port + 1);
    }

    /// With `orders_` held.
    const OrderTaker& taker() const
    {
        if (!taker_ && api_)
            throw common::Error(common::Trouble::busy, "the manager is about to begin or to end");
        if (!taker_)
            throw common::Error(common::Trouble::rejected, "this manager takes no runs",
                                "'soapstone serve' is one that does");
        return *taker_;
    }

    void keep(const serve::PortInUse& port)
    {
        const std::lock_guard lock(mutex_);
        ports_.push_back(port);
    }

    const Setup setup_;
    Cabinet cabinet_;
    rollout::Store& store_;
    const common::tls::Identity identity_ = trust::make_manager_identity();
    link::Roster roster_;
    RunDoors doors_;
    mutable std::shared_mutex orders_; ///< around `taker_`
    std::optional<OrderTaker> taker_;
    mutable std::mutex opening_;          ///< around what opens ports when they are needed
    mutable std::mutex mutex_;            ///< around `ports_`
    std::vector<serve::PortInUse> ports_; ///< the local one first
    common::net::Loop loop_;
    common::net::Loop control_loop_;
    serve::Changes changes_;
    serve::LocalControl control_;
    std::optional<ApiPort> api_;
    std::optional<WebDesk> web_;
    Server local_;
    std::unique_ptr<AgentPorts> agent_ports_;
    std::optional<RuntimeFile> runtime_;
};

Station::Station(Setup setup, rollout::Store& store)
    : inside_(std::make_unique<Inside>(std::move(setup), store))
{
}

Station::~Station() = default;

std::shared_ptr<void> Station::admit(const std::string& run, RunHooks hooks)
{
    return inside_->admit(run, std::move(hooks));
}

void Station::stop_serving()
{
    inside_->stop_serving();
}

void Station::take_orders(std::optional<OrderTaker> taker)
{
    inside_->take_orders(std::move(taker));
}

const Cabinet& Station::cabinet() const
{
    return inside_->cabinet();
}

std::vector<std::string> Station::runs() const
{
    return inside_->runs();
}

std::vector<serve::PortInUse> Station::ports() const
{
    return inside_->ports();
}

void Station::open_agent_ports()
{
    inside_->open_agent_ports();
}

std::vector<common::Endpoint> Station::callbacks(const std::string& seen_as) const
{
    return inside_->agent_ports().callbacks(seen_as);
}

std::vector<common::Endpoint> Station::depots(const std::string& seen_as) const
{
    return inside_->agent_ports().depots(seen_as);
}

bmc::ImageServer& Station::images()
{
    return inside_->open_web().images();
}

link::LogServer* Station::log_server()
{
    return inside_->log_server();
}

std::string Station::new_login_url()
{
    return inside_->new_login_url();
}

common::net::Loop& Station::loop()
{
    return inside_->loop();
}

const common::tls::Identity& Station::identity() const
{
    return inside_->identity();
}

link::Roster& Station::roster()
{
    return inside_->roster();
}

void Station::note_change()
{
    inside_->note_change();
}

std::vector<std::string> Station::notices() const
{
    return inside_->notices();
}

} // namespace manager::cli
