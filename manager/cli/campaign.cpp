#include "manager/cli/campaign.hpp"

#include "common/bootstrap.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/net/core.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/run_audit.hpp"
#include "manager/cli/runtime_file.hpp"
#include "manager/drivers/agent_binary.hpp"
#include "manager/drivers/agent_driver.hpp"
#include "manager/link/roster.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/rollout.hpp"
#include "manager/serve/callback_service.hpp"
#include "manager/serve/depot.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/transport/make_transport.hpp"
#include "manager/transport/openssh/decrypt.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

namespace manager::cli {

using common::net::Bound;
using common::net::Server;
using common::tls::Context;

namespace {

/// Enough for callbacks and payload of thousands of targets; handlers wait for the store, not for the
/// network.
constexpr std::size_t io_threads = 2;
constexpr std::size_t handler_threads = 8;

constexpr const char* agent_architecture = "x86_64";

/// How many ports after the first choice are tried.
constexpr std::uint16_t port_range = 900;

std::uint16_t last_port(std::uint16_t first)
{
    return static_cast<std::uint16_t>(std::min<unsigned>(first + port_range, 65535));
}

std::vector<std::filesystem::path> known_hosts_files(const CampaignOptions& options)
{
    if (!options.known_hosts.empty())
        return options.known_hosts;
    std::vector<std::filesystem::path> files{"/etc/ssh/ssh_known_hosts"};
    if (const char* home = std::getenv("HOME"))
        files.insert(files.begin(), std::filesystem::path(home) / ".ssh" / "known_hosts");
    return files;
}

/// "alice on ws1": for people at a target that is in use.
std::string who_we_are()
{
    const rollout::Workplace here = rollout::this_workplace();
    return here.user + " on " + here.host;
}

trust::LoginOptions login_options(const CampaignOptions& options)
{
    trust::LoginOptions login;
    login.identities = options.identities;
    login.password = options.password.copy();
    login.sudo_password = options.sudo_password.copy();
    login.ask = options.ask;
    login.decrypt = transport::openssh::decrypt_by_ssh_add;
    return login;
}

/// Logins of one command: keys, passwords and known hosts, shared by all its transports.
class Logins {
public:
    Logins(const CampaignOptions& options, const std::string& run)
        : credentials_(login_options(options)),
          known_(known_hosts_files(options), options.data / "known_hosts")
    {
        if (!options.known_hosts.empty())
            known_.fix();
        transport_.accept_new = options.accept_new;
        transport_.shell.run = run;
        transport_.shell.architectures = {agent_architecture};
    }

    std::unique_ptr<transport::Transport> connect(const target::Target& target, transport::Notice notice)
    {
        return transport::make_transport(target, credentials_, known_, transport_, std::move(notice));
    }

private:
    trust::Credentials credentials_;
    trust::KnownHosts known_;
    transport::Options transport_;
};

} // namespace

class Campaign::Inside {
public:
    Inside(CampaignOptions options, rollout::Run run, rollout::Store& store,
           std::vector<rollout::Observer*> observers)
        : options_(std::move(options)), id_(run.id), logins_(options_, run.id),
          agent_(drivers::load_agent(agent_architecture, drivers::PackedAgents(options_.data / "agents"))),
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
              agent_,
              [this](const target::Target& target, transport::Notice notice) {
                  return logins_.connect(target, std::move(notice));
              },
              [this](const std::string& address) { return endpoints(address, callback_port_); },
              [this](const std::string& address) { return endpoints(address, depot_port_); },
              [this](std::size_t target, std::string text) { rollout_->notice(target, std::move(text)); },
              who_we_are(),
              options_.take_over,
              options_.failpoint,
              keeper_of_inventories(run),
              audit_of(run)},
          control_{common::Secret(common::to_hex(common::os::random_bytes(32))),
                   run.id,
                   common::to_milliseconds(std::chrono::system_clock::now()),
                   {},
                   store,
                   [this] { options_.cancel_asked ? options_.cancel_asked() : rollout_->cancel(); }},
          payload_(payload_of(run)),
          rollout_(std::make_unique<rollout::Rollout>(
              std::move(run), store,
              [this](const target::Target& target, std::size_t index) {
                  return std::make_unique<drivers::AgentDriver>(setting_, target, index);
              },
              std::move(observers), options_.data / "runs" / id_))
    {
        open_ports();
    }

    ~Inside()
    {
        for (const std::unique_ptr<Server>* server : {&local_, &callback_, &depot_})
            if (*server)
                (*server)->stop(std::chrono::seconds(2));
    }

    rollout::Rollout& rollout() { return *rollout_; }
    const std::vector<std::string>& notices() const { return notices_; }

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

    std::vector<common::Endpoint> endpoints(const std::string& seen_as, std::uint16_t port) const
    {
        return {{options_.advertise.empty() ? seen_as : options_.advertise, port}};
    }

    /// In this order: the local control takes the lowest port from 61000, callbacks the next one behind it.
    void open_ports()
    {
        local_ = std::make_unique<Server>(loop_, Context::server_without_client_certificates(keys_.identity),
                                          serve::manager_service(control_));
        const std::uint16_t local =
            open(*local_, "local", "127.0.0.1", options_.local_port, options_.local_port);
        runtime_.emplace(options_.data, id_, local, keys_.identity.fingerprint(), control_.token.reveal());
        if (setting_.road == rollout::Road::automatic || setting_.road == rollout::Road::callback)
            open_ports_for_agents(local);
    }

    void open_ports_for_agents(std::uint16_t local)
    {
        const auto agents = Context::server(
            keys_.identity, [this](const std::string& pin) { return roster_.target_of(pin).has_value(); });
        callback_ = std::make_unique<Server>(
            loop_, agents,
            serve::callback_service(id_, roster_,
                                    [this](std::size_t target, std::vector<rollout::AgentEvent> events) {
                                        return rollout_->agent_events(target, std::move(events));
                                    }));
        const bool collides =
            options_.callback_port <= local && options_.callback_port >= options_.local_port;
        const auto first = static_cast<std::uint16_t>(collides ? local + 1 : options_.callback_port);
        callback_port_ = open(*callback_, "callback", options_.listen, first, options_.callback_port);
        depot_ = std::make_unique<Server>(loop_, agents, serve::depot(roster_, payload_));
        depot_port_ = open(*depot_, "depot", options_.listen, options_.api_port, options_.api_port);
    }

    std::uint16_t open(Server& server, const std::string& purpose, const std::string& address,
                       std::uint16_t first, std::uint16_t wanted)
    {
        const Bound bound = common::while_doing("opening the " + purpose + " port", [&] {
            return server.listen(address, first, last_port(first));
        });
        control_.ports.push_back({purpose, address, bound.port, wanted});
        if (bound.port != wanted)
            notices_.push_back("the " + purpose + " port is " + std::to_string(bound.port) + " (" +
                               std::to_string(wanted) + " was taken)");
        return bound.port;
    }

    CampaignOptions options_;
    std::string id_;
    Logins logins_;
    transport::AgentBinary agent_;
    trust::RunKeys keys_;
    link::Roster roster_;
    drivers::Machines machines_;
    common::net::Loop loop_;
    drivers::AgentSetting setting_;
    serve::LocalControl control_;
    std::map<std::string, std::filesystem::path> payload_;
    std::uint16_t callback_port_ = 0;
    std::uint16_t depot_port_ = 0;
    std::vector<std::string> notices_;
    std::unique_ptr<rollout::Rollout> rollout_; ///< below everything that its drivers use
    std::unique_ptr<Server> local_;
    std::unique_ptr<Server> callback_;
    std::unique_ptr<Server> depot_;
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
