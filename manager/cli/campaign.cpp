#include "manager/cli/campaign.hpp"

#include "common/bootstrap.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/net/core.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/agent_ports.hpp"
#include "manager/cli/bmc_lock.hpp"
#include "manager/cli/logins.hpp"
#include "manager/cli/run_audit.hpp"
#include "manager/cli/runtime_file.hpp"
#include "manager/cli/web_desk.hpp"
#include "manager/drivers/agent_binary.hpp"
#include "manager/drivers/agent_driver.hpp"
#include "manager/drivers/bmc_driver.hpp"
#include "manager/link/roster.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/rollout.hpp"
#include "manager/rollout/run_log.hpp"
#include "manager/serve/callback_service.hpp"
#include "manager/serve/depot.hpp"
#include "manager/serve/manager_service.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace manager::cli {

using common::net::Server;
using common::tls::Context;

namespace {

/// Enough for callbacks and payload of thousands of targets; handlers wait for the store, not for the
/// network.
constexpr std::size_t io_threads = 2;
constexpr std::size_t handler_threads = 8;

} // namespace

class Campaign::Inside {
public:
    Inside(CampaignOptions options, rollout::Run run, rollout::Store& store,
           std::vector<rollout::Observer*> observers)
        : options_(std::move(options)), id_(run.id),
          agents_(drivers::load_agents(drivers::PackedAgents(options_.data / "agents"))),
          logins_(options_, run.id, agents_.architectures(), run.request.lease),
          loop_(io_threads, handler_threads),
          setting_{
              run.id,
              run.epoch,
              run.request.lease,
              run.request.road,
              options_.agent_port,
              keys_,
              loop_,
              roster_,
              machines_,
              agents_,
              [this](const target::Target& target, transport::Notice notice) {
                  return logins_.connect(target, std::move(notice));
              },
              [this](const std::string& address) { return agent_ports_->callbacks(address); },
              [this](const std::string& address) { return agent_ports_->depots(address); },
              [this](std::size_t target, std::string text) { rollout_->notice(target, std::move(text)); },
              who_we_are(),
              options_.take_over,
              options_.open_firewall,
              options_.failpoint,
              keeper_of_inventories(run),
              [this](std::size_t target) { return own_log_.text(target); },
              audit_of(run)},
          bmc_pins_(options_.data / "bmc_pins"), bmcs_(bmc_setting(run)),
          bmcs_fetch_(do_bmcs_fetch(run.request)), own_log_(store, run.id, run.request.targets.size()),
          control_{common::Secret(common::to_hex(common::os::random_bytes(32))),
                   run.id,
                   common::to_milliseconds(std::chrono::system_clock::now()),
                   {},
                   store,
                   [this] { options_.cancel_asked ? options_.cancel_asked() : rollout_->cancel(); }},
          payload_(payload_of(run)),
          rollout_(std::make_unique<rollout::Rollout>(
              std::move(run), store,
              [this](const target::Target& target, std::size_t index) { return drive(target, index); },
              std::move(observers), options_.data / "runs" / id_))
    {
        open_ports();
    }

    ~Inside()
    {
        if (local_)
            local_->stop(std::chrono::seconds(2));
    }

    rollout::Rollout& rollout() { return *rollout_; }
    const std::vector<std::string>& notices() const { return notices_; }
    std::string new_login_url() { return options_.web ? web_.value().new_login_url() : std::string(); }

private:
    static std::map<std::string, std::filesystem::path> payload_of(const rollout::Run& run)
    {
        std::map<std::string, std::filesystem::path> files;
        for (const baseline::Component& component : run.request.components)
            files[component.sha256] = component.file;
        return files;
    }

    /// Nothing for a run that installs: it asks for what its plan needs only.
    std::function<void(std::size_t, const std::string&)> keeper_of_inventories(const rollout::Run& run) const
    {
        if (!run.request.components.empty())
            return {};
        std::vector<std::filesystem::path> files;
        for (const std::string& folder : rollout::folder_names(run.request.targets))
            files.push_back(options_.data / "runs" / id_ / folder / "inventory.json");
        return [files = std::move(files)](std::size_t target, const std::string& details) {
            common::os::make_private_folder(files.at(target).parent_path());
            common::os::write_file_durably(files.at(target), details);
        };
    }

    std::unique_ptr<rollout::Driver> drive(const target::Target& target, std::size_t index)
    {
        if (target.connection == target::Connection::bmc)
            return std::make_unique<drivers::BmcDriver>(bmcs_, target, index);
        return std::make_unique<drivers::AgentDriver>(setting_, target, index);
    }

    drivers::BmcSetting bmc_setting(const rollout::Run& run)
    {
        return {options_.bmc_password.copy(),
                {bmc_pins_, options_.accept_new, rollout::text_of(rollout::this_workplace())},
                options_.bmc_pace,
                options_.advertise,
                options_.data / "runs" / run.id,
                rollout::folder_names(run.request.targets),
                nullptr,
                [this](const std::string& identity) { return lock_bmc(options_.data, identity); },
                [this](std::size_t target, std::string text) { rollout_->notice(target, std::move(text)); },
                keeper_of_inventories(run),
                audit_of(run)};
    }

    static bool do_bmcs_fetch(const rollout::Request& request)
    {
        const auto fetches = [](const target::Target& target) {
            return target.connection == target::Connection::bmc && target.bmc.pull != target::BmcPull::never;
        };
        return !request.components.empty() &&
               std::any_of(request.targets.begin(), request.targets.end(), fetches);
    }

    /// Without it BMCs are sent what they would have fetched.
    void open_web_server_for_bmcs()
    {
        try {
            if (!web_)
                open_web_server();
            bmcs_.images = &web_->images();
        } catch (const common::Error& error) {
            notices_.push_back("BMCs can fetch nothing from here, images are sent: " + error.text());
        }
    }

    /// In this order: the local control takes the lowest port from 61000, callbacks the next one behind it.
    void open_ports()
    {
        local_ = std::make_unique<Server>(loop_, Context::server_without_client_certificates(keys_.identity),
                                          serve::manager_service(control_));
        const std::uint16_t local =
            keep(open_port(*local_, "local", "127.0.0.1", options_.local_port, options_.local_port));
        if (options_.web)
            open_web_server();
        if (bmcs_fetch_)
            open_web_server_for_bmcs();
        runtime_.emplace(options_.data, id_, local, keys_.identity.fingerprint(), control_.token.reveal());
        if (setting_.road == rollout::Road::automatic || setting_.road == rollout::Road::callback)
            open_ports_for_agents(local);
    }

    void open_web_server()
    {
        WebOptions options;
        options.data = options_.data;
        options.listen = options_.listen;
        options.advertise = options_.advertise;
        options.port = options_.web_port;
        options.view = options_.web;
        options.say = options_.say;
        web_.emplace(loop_, std::move(options), control_.store);
        keep(web_->port());
    }

    void open_ports_for_agents(std::uint16_t local)
    {
        const auto take_events = [this](std::size_t target, std::vector<rollout::AgentEvent> events) {
            return rollout_->agent_events(target, std::move(events));
        };
        agent_ports_.emplace(loop_, keys_.identity, roster_,
                             serve::callback_service(id_, roster_, take_events),
                             serve::depot(roster_, payload_));
        const bool collides =
            options_.callback_port <= local && options_.callback_port >= options_.local_port;
        agent_ports_->open(options_,
                           static_cast<std::uint16_t>(collides ? local + 1 : options_.callback_port));
        for (const serve::PortInUse& port : agent_ports_->ports())
            keep(port);
    }

    std::uint16_t keep(const serve::PortInUse& port)
    {
        control_.ports.push_back(port);
        if (std::string notice = notice_of(port); !notice.empty())
            notices_.push_back(std::move(notice));
        return port.port;
    }

    CampaignOptions options_;
    std::string id_;
    drivers::Agents agents_;
    Logins logins_;
    trust::RunKeys keys_;
    link::Roster roster_;
    drivers::Machines machines_;
    common::net::Loop loop_;
    drivers::AgentSetting setting_;
    trust::BmcPins bmc_pins_;
    drivers::BmcSetting bmcs_;
    bool bmcs_fetch_; ///< at least one may
    rollout::RunLog own_log_;
    serve::LocalControl control_;
    std::map<std::string, std::filesystem::path> payload_;
    std::vector<std::string> notices_;
    std::optional<WebDesk> web_;
    std::unique_ptr<rollout::Rollout> rollout_; ///< below everything that its drivers use
    std::unique_ptr<Server> local_;
    std::optional<AgentPorts> agent_ports_;
    std::optional<RuntimeFile> runtime_;
};

Campaign::Campaign(CampaignOptions options, rollout::Run run, rollout::Store& store,
                   std::vector<rollout::Observer*> observers)
    : inside_(std::make_unique<Inside>(std::move(options), std::move(run), store, std::move(observers)))
{
}

Campaign::~Campaign() = default;

const rollout::Run& Campaign::run()
{
    return inside_->rollout().run();
}

void Campaign::cancel()
{
    inside_->rollout().cancel();
}

std::string Campaign::new_login_url()
{
    return inside_->new_login_url();
}

const std::vector<std::string>& Campaign::notices() const
{
    return inside_->notices();
}

std::filesystem::path inventory_file(const rollout::Run& run, std::size_t index,
                                     const std::filesystem::path& data)
{
    return data / "runs" / run.id / rollout::folder_names(run.request.targets).at(index) / "inventory.json";
}

namespace {

CleanedUp clean_up_one(Logins& logins, const target::Target& target)
{
    constexpr std::chrono::seconds limit(90);
    const common::os::Audit audit("soapstone", {{"who", rollout::text_of(rollout::this_workplace())},
                                                {"target", target.name},
                                                {"host", target.host}});
    try {
        audit.tell("cleanup", {{"user", target.user}});
        return {logins.connect(target, [](const std::string&) {})->sweep({}, common::Deadline::in(limit)),
                std::nullopt};
    } catch (const common::Error& error) {
        return {{}, error};
    } catch (const std::exception& error) {
        return {{}, common::Error(common::Trouble::defect, error.what())};
    }
}

} // namespace

std::vector<CleanedUp> clean_up(const CampaignOptions& options, const std::vector<target::Target>& targets)
{
    constexpr std::size_t at_once = 16;
    Logins logins(options, {});
    std::vector<CleanedUp> results(targets.size());
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(at_once, targets.size()); ++i)
        workers.emplace_back([&] {
            for (std::size_t mine = next++; mine < targets.size(); mine = next++)
                results[mine] = clean_up_one(logins, targets[mine]);
        });
    workers.clear(); // waits for all of them
    return results;
}

} // namespace manager::cli
