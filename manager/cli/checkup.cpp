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

/// By whom, and where, agents on trial reach us.
class Ground {
public:
    virtual ~Ground() = default;
    virtual const common::tls::Identity& identity() const = 0;
    virtual link::Roster& roster() = 0;
    virtual common::net::Loop& loop() = 0;
    virtual std::vector<common::Endpoint> callbacks(const std::string& seen_as) const = 0;
    virtual std::vector<common::Endpoint> depots(const std::string& seen_as) const = 0;
};

/// Of a process that does nothing else.
class OwnGround final : public Ground {
public:
    explicit OwnGround(const Places& places) { ports_.open(places, places.callback_port, places.api_port); }
    const common::tls::Identity& identity() const override { return identity_; }
    link::Roster& roster() override { return roster_; }
    common::net::Loop& loop() override { return loop_; }
    std::vector<common::Endpoint> callbacks(const std::string& seen_as) const override
    {
        return ports_.callbacks(seen_as);
    }
    std::vector<common::Endpoint> depots(const std::string& seen_as) const override
    {
        return ports_.depots(seen_as);
    }
    /// About ports that were taken.
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
    AgentPorts ports_{loop_, identity_, roster_, serve::callback_service(roster_, forget),
                      serve::depot(roster_)};
};

/// Of a station, with the ports that its runs have.
class StationGround final : public Ground {
public:
    StationGround(Station& station, const std::string& run) : station_(station)
    {
        station_.open_agent_ports();
        Station::RunHooks hooks;
        hooks.take_events = [](std::size_t target, const std::vector<rollout::AgentEvent>& events) {
            return forget({{}, target}, events);
        };
        admission_ = station_.admit(run, std::move(hooks));
    }
    const common::tls::Identity& identity() const override { return station_.identity(); }
    link::Roster& roster() override { return station_.roster(); }
    common::net::Loop& loop() override { return station_.loop(); }
    std::vector<common::Endpoint> callbacks(const std::string& seen_as) const override
    {
        return station_.callbacks(seen_as);
    }
    std::vector<common::Endpoint> depots(const std::string& seen_as) const override
    {
        return station_.depots(seen_as);
    }

private:
    Station& station_;
    std::shared_ptr<void> admission_;
};

/// What the examinations of all targets share.
class Practice {
public:
    Practice(Ground& ground, std::string run, const CampaignOptions& options,
             const std::vector<target::Target>& targets)
        : ground_(ground), targets_(targets), run_(std::move(run)),
          agents_(drivers::load_agents(drivers::PackedAgents(options.data / "agents"))),
          logins_(options, run_, agents_.architectures(), lease), ours_(our_firewall(logins_)),
          notices_(targets.size())
    {
        setting_.first_port = options.agent_port;
        setting_.open_firewall = options.open_firewall;
    }

    drivers::Examination examine(std::size_t index);

private:
    drivers::AgentSetting setting();

    Ground& ground_;
    const std::vector<target::Target>& targets_;
    const std::string run_;
    drivers::Agents agents_;
    Logins logins_;
    transport::Firewall ours_;
    std::vector<std::vector<std::string>> notices_; ///< each used by the thread of its target alone
    trust::RunKeys keys_{ground_.identity()};
    drivers::Machines machines_;
    drivers::AgentSetting setting_ = setting();
};

drivers::AgentSetting Practice::setting()
{
    drivers::AgentSetting setting{
        .run = run_,
        .keys = keys_,
        .loop = ground_.loop(),
        .roster = ground_.roster(),
        .machines = machines_,
        .agents = agents_,
        .connect = [this](const target::Target& target,
                          transport::Notice notice) { return logins_.connect(target, std::move(notice)); },
        .callbacks = [this](const std::string& seen_as) { return ground_.callbacks(seen_as); },
        .depots = [this](const std::string& seen_as) { return ground_.depots(seen_as); },
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

drivers::Examination Practice::examine(std::size_t index)
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

std::string new_run()
{
    return common::to_hex(common::os::random_bytes(16));
}

/// With all that it needs of a station.
struct StationPractice {
    StationPractice(Station& station, const CampaignOptions& options,
                    const std::vector<target::Target>& targets)
        : ground(station, run), practice(ground, run, options, targets)
    {
    }

    std::string run = new_run();
    StationGround ground;
    Practice practice;
};

} // namespace

Checkup check_up(const CampaignOptions& options, const std::vector<target::Target>& targets,
                 std::size_t at_once)
{
    OwnGround ground(options.places);
    Practice practice(ground, new_run(), options, targets);
    Checkup checkup{std::vector<drivers::Examination>(targets.size()), ground.notices()};
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

Examiner examiner(Station& station, const CampaignOptions& options,
                  const std::vector<target::Target>& targets)
{
    const auto held = std::make_shared<StationPractice>(station, options, targets);
    return [held](std::size_t index) { return held->practice.examine(index); };
}

} // namespace manager::cli
