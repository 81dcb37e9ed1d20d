#include "manager/cli/checkup.hpp"

#include "common/net/core.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/agent_ports.hpp"
#include "manager/cli/logins.hpp"
#include "manager/drivers/agent_binary.hpp"
#include "manager/rollout/report.hpp"
#include "manager/serve/callback_service.hpp"
#include "manager/serve/depot.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace manager::cli {

namespace {

/// Agents on trial go by themselves so long after they last heard of us.
constexpr std::chrono::seconds lease(30);
constexpr std::chrono::seconds look_limit(10);

/// The firewall of this machine, as far as we may look.
transport::Firewall our_firewall(Logins& logins)
{
    target::Target here;
    here.name = here.host = "localhost";
    here.connection = target::Connection::local;
    try {
        return logins.connect(here, [](const std::string&) {})
            ->examine(common::Deadline::in(look_limit))
            .firewall;
    } catch (const common::Error&) {
        return {"unknown", {}, {}};
    }
}

/// Nobody works on trial, so no event is of interest; it is only taken.
std::uint64_t forget(const link::RunTarget&, const std::vector<rollout::AgentEvent>& events)
{
    return events.empty() ? 0 : events.back().seq;
}

/// The listeners of a command of its own.
class OwnGround {
public:
    explicit OwnGround(const Places& places)
        : ports_(loop_, identity_, roster_, serve::callback_service(roster_, forget), serve::depot(roster_))
    {
        ports_.open(places, places.callback_port, places.api_port);
    }

    Practice::Ground ground()
    {
        return {loop_, roster_, identity_,
                [this](const std::string& seen_as) { return ports_.callbacks(seen_as); },
                [this](const std::string& seen_as) { return ports_.depots(seen_as); }};
    }
    std::vector<std::string> notices() const
    {
        std::vector<std::string> notices;
        for (const serve::PortInUse& port : ports_.ports())
            if (std::string notice = notice_of(port); !notice.empty())
                notices.push_back(std::move(notice));
        return notices;
    }

private:
    const common::tls::Identity identity_ = trust::make_manager_identity();
    link::Roster roster_;
    common::net::Loop loop_{2, 4};
    AgentPorts ports_;
};

Practice::Ground ground_of(Station& station)
{
    return {station.loop(), station.roster(), station.identity(),
            [&station](const std::string& seen_as) { return station.callbacks(seen_as); },
            [&station](const std::string& seen_as) { return station.depots(seen_as); }};
}

} // namespace

class Practice::Inside {
public:
    Inside(const CampaignOptions& options, const std::vector<target::Target>& targets, Ground ground)
        : targets_(targets), run_(common::to_hex(common::os::random_bytes(16))), ground_(std::move(ground)),
          agents_(drivers::load_agents(drivers::PackedAgents(options.data / "agents"))),
          logins_(options, run_, agents_.architectures(), lease), ours_(our_firewall(logins_)),
          notices_(targets.size())
    {
        setting_.first_port = options.agent_port;
        setting_.open_firewall = options.open_firewall;
    }

    drivers::Examination examine(std::size_t index);
    const std::string& run() const { return run_; }

private:
    drivers::AgentSetting setting();

    const std::vector<target::Target>& targets_;
    std::string run_;
    Ground ground_;
    drivers::Agents agents_;
    Logins logins_;
    transport::Firewall ours_;
    std::vector<std::vector<std::string>> notices_; ///< each used by the thread of its target alone
    trust::RunKeys keys_{ground_.identity};
    drivers::Machines machines_;
    drivers::AgentSetting setting_ = setting();
};

drivers::AgentSetting Practice::Inside::setting()
{
    drivers::AgentSetting setting{
        .run = run_,
        .keys = keys_,
        .loop = ground_.loop,
        .roster = ground_.roster,
        .machines = machines_,
        .agents = agents_,
        .connect = [this](const target::Target& target,
                          transport::Notice notice) { return logins_.connect(target, std::move(notice)); },
        .callbacks = ground_.callbacks,
        .depots = ground_.depots,
        .notice = [this](std::size_t index,
                         std::string text) { notices_.at(index).push_back(std::move(text)); },
        .log = [](std::size_t, const std::string&) {},
        .manager = who_we_are(),
        .failpoint = {},
    };
    setting.lease = lease;
    setting.audit = common::os::Audit("soapstone", {{"run", run_}, {"command", "doctor"}});
    setting.trial = true;
    return setting;
}

drivers::Examination Practice::Inside::examine(std::size_t index)
{
    drivers::Examination examination;
    try {
        examination = drivers::examine(setting_, ours_, targets_[index], index);
    } catch (const std::exception& error) {
        examination.trouble = common::Trouble::defect;
        examination.findings.push_back({"agent", drivers::Health::failed, error.what(), "", "", ""});
    }
    for (const std::string& notice : notices_[index])
        examination.findings.push_back({"agent", drivers::Health::warning, notice, "", "", ""});
    return examination;
}

Practice::Practice(const CampaignOptions& options, const std::vector<target::Target>& targets, Ground ground)
    : inside_(std::make_unique<Inside>(options, targets, std::move(ground)))
{
}

Practice::Practice(const CampaignOptions& options, const std::vector<target::Target>& targets,
                   Station& station)
    : Practice(options, targets, ground_of(station))
{
    Station::RunHooks hooks;
    hooks.take_events = [](std::size_t, const std::vector<rollout::AgentEvent>& events) {
        return forget({}, events);
    };
    admitted_ = station.admit(inside_->run(), std::move(hooks));
}

Practice::~Practice() = default;

drivers::Examination Practice::examine(std::size_t index)
{
    return inside_->examine(index);
}

Checkup check_up(const CampaignOptions& options, const std::vector<target::Target>& targets,
                 std::size_t at_once)
{
    OwnGround own(options.places);
    Practice practice(options, targets, own.ground());
    Checkup checkup{std::vector<drivers::Examination>(targets.size()), own.notices()};
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(at_once, targets.size()); ++i)
        workers.emplace_back([&] {
            for (std::size_t mine = next++; mine < targets.size(); mine = next++)
                checkup.targets[mine] = practice.examine(mine);
        });
    workers.clear(); // waits for all of them
    return checkup;
}

} // namespace manager::cli
