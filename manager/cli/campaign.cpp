#include "manager/cli/campaign.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "manager/cli/bmc_lock.hpp"
#include "manager/cli/logins.hpp"
#include "manager/cli/run_audit.hpp"
#include "manager/drivers/agent_binary.hpp"
#include "manager/drivers/agent_driver.hpp"
#include "manager/drivers/bmc_driver.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/rollout.hpp"
#include "manager/rollout/run_log.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace manager::cli {

class Campaign::Inside {
public:
    Inside(Station& station, CampaignOptions options, rollout::Run run, rollout::Store& store,
           std::vector<rollout::Observer*> observers)
        : station_(station), options_(std::move(options)), id_(run.id), keys_{station.identity()},
          agents_(drivers::load_agents(drivers::PackedAgents(options_.data / "agents"))),
          logins_(options_, run.id, agents_.architectures(), run.request.lease),
          setting_{
              run.id,
              run.epoch,
              run.request.lease,
              run.request.road,
              options_.agent_port,
              keys_,
              station.loop(),
              station.roster(),
              machines_,
              agents_,
              [this](const target::Target& target, transport::Notice notice) {
                  return logins_.connect(target, std::move(notice));
              },
              [this](const std::string& address) { return station_.callbacks(address); },
              [this](const std::string& address) { return station_.depots(address); },
              [this](std::size_t target, std::string text) { rollout_->notice(target, std::move(text)); },
              [this](std::size_t target, std::string text) { rollout_->log(target, std::move(text)); },
              who_we_are(),
              options_.take_over,
              options_.open_firewall,
              options_.failpoint,
              keeper_of_inventories(run),
              [this](std::size_t target) { return own_log_.text(target); },
              nullptr,
              audit_of(run)},
          bmc_pins_(options_.data / "bmc_pins"), bmcs_(bmc_setting(run)),
          bmcs_fetch_(do_bmcs_fetch(run.request)), own_log_(store, run.id, run.request.targets.size()),
          rollout_(std::make_unique<rollout::Rollout>(
              std::move(run), store,
              [this](const target::Target& target, std::size_t index) { return drive(target, index); },
              std::move(observers), options_.data / "runs" / id_))
    {
        open_ports();
        admission_ =
            station_.admit(id_, {[this](std::size_t target, std::vector<rollout::AgentEvent> events) {
                                     return rollout_->agent_events(target, std::move(events));
                                 },
                                 [this] { cancel(); }, [this](bool on) { pause(on); }});
        if (std::filesystem::exists(pause_file()))
            rollout_->pause(true);
    }

    rollout::Rollout& rollout() { return *rollout_; }
    const std::vector<std::string>& notices() const { return notices_; }

private:
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
                options_.places.advertise,
                options_.data / "runs" / run.id,
                rollout::folder_names(run.request.targets),
                nullptr,
                [this](const std::string& identity) { return lock_bmc(options_.data, identity); },
                [this](std::size_t target, std::string text) { rollout_->notice(target, std::move(text)); },
                [this](std::size_t target, std::string text) { rollout_->log(target, std::move(text)); },
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

    std::filesystem::path pause_file() const { return paused_file(options_.data / "runs" / id_); }

    /// Durably, so that it holds for whoever goes on with the run.
    void pause(bool on)
    {
        if (on) {
            common::os::write_file_durably(pause_file(), {});
        } else {
            std::filesystem::remove(pause_file());
            common::os::sync_folder(pause_file().parent_path());
        }
        rollout_->pause(on);
    }

    void cancel() { options_.cancel_asked ? options_.cancel_asked() : rollout_->cancel(); }

    /// Without it BMCs are sent what they would have fetched.
    void open_web_server_for_bmcs()
    {
        try {
            bmcs_.images = &station_.images();
        } catch (const common::Error& error) {
            notices_.push_back("BMCs can fetch nothing from here, images are sent: " + error.text());
        }
    }

    void open_ports()
    {
        if (bmcs_fetch_)
            open_web_server_for_bmcs();
        if (setting_.road == rollout::Road::automatic || setting_.road == rollout::Road::callback)
            station_.open_agent_ports();
        setting_.log_server = station_.log_server();
    }

    Station& station_;
    CampaignOptions options_;
    std::string id_;
    trust::RunKeys keys_;
    drivers::Agents agents_;
    Logins logins_;
    drivers::Machines machines_;
    drivers::AgentSetting setting_;
    trust::BmcPins bmc_pins_;
    drivers::BmcSetting bmcs_;
    bool bmcs_fetch_; ///< at least one may
    rollout::RunLog own_log_;
    std::vector<std::string> notices_;
    std::unique_ptr<rollout::Rollout> rollout_; ///< below everything that its drivers use
    std::shared_ptr<void> admission_;           ///< goes first: others call the rollout by it
};

Campaign::Campaign(Station& station, CampaignOptions options, rollout::Run run, rollout::Store& store,
                   std::vector<rollout::Observer*> observers)
    : inside_(
          std::make_unique<Inside>(station, std::move(options), std::move(run), store, std::move(observers)))
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

std::filesystem::path paused_file(const std::filesystem::path& folder)
{
    return folder / "paused";
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
