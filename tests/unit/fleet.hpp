#pragma once

#include "common/error.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/rollout.hpp"
#include "manager/rollout/verdict.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

/// A made-up far side for the real engine: servers with packages, an agent's journal that outlives every
/// connection, and faults to order. Any thread.
namespace fleet {

using namespace manager; // the tests speak the manager's language
using common::Error;
using common::Trouble;
using rollout::AgentEvent;
using rollout::JobReport;
using rollout::JobState;
using rollout::Phase;

/// How the installer of a component ends on a server.
struct Ending {
    JobState state = JobState::succeeded;
    std::string result = "ok";
    std::string text;
    bool installs = true; ///< the version is there afterwards
};

class Server {
public:
    explicit Server(std::string name) : name_(std::move(name)) {}

    // What a test orders.

    /// Calls of `phase` fail, `times` times.
    void fails(Phase phase, const Error& error, int times = 1'000'000)
    {
        const std::lock_guard lock(mutex_);
        faults_[phase] = {error, times};
    }
    void disk_is_full() { fails(Phase::copying, {Trouble::rejected, "copying the agent: disk full"}); }
    void has(const std::string& package, const std::string& version)
    {
        const std::lock_guard lock(mutex_);
        packages_[package] = version;
    }
    void ends(const std::string& component, const Ending& ending)
    {
        const std::lock_guard lock(mutex_);
        endings_[component] = ending;
    }
    /// Installers run until release() or until they are ended.
    void holds()
    {
        const std::lock_guard lock(mutex_);
        holding_ = true;
    }
    void release()
    {
        const std::lock_guard lock(mutex_);
        holding_ = false;
        for (auto& [id, job] : jobs_)
            end(job);
    }
    /// Called inside every call of `phase`, before it does anything.
    void when(Phase phase, std::function<void()> act)
    {
        const std::lock_guard lock(mutex_);
        acts_[phase] = std::move(act);
    }
    /// The next jobs are accepted and then given up, because the agent's lease ends before they begin.
    void gives_up(int jobs)
    {
        const std::lock_guard lock(mutex_);
        give_up_ = jobs;
    }
    /// Installers have ended before the order for them is answered, as when it is repeated.
    void ends_before_it_answers()
    {
        const std::lock_guard lock(mutex_);
        ends_first_ = true;
    }
    /// Its boot is over, and it can be reached again.
    void comes_back()
    {
        boot_anew();
        const std::lock_guard lock(mutex_);
        faults_.erase(Phase::reconnecting);
    }
    /// It was told to reboot, and goes on.
    void stays_up() { stays_up_ = true; }
    /// Its next boot begins without this package.
    void loses(const std::string& package)
    {
        const std::lock_guard lock(mutex_);
        lost_ = package;
    }
    void leaves(const std::string& what) { left_ = {what}; }
    void takes_rpm_only() { deb_ = false; }
    /// It is a BMC with an iLO 5 of this version and nothing else.
    void is_a_bmc(const std::string& version)
    {
        const std::lock_guard lock(mutex_);
        firmware_ = version;
    }

    // What a test looks at.

    /// Names of the calls so far, as in "scout copy start".
    std::string calls() const
    {
        const std::lock_guard lock(mutex_);
        std::string text;
        for (const std::string& call : calls_)
            text += (text.empty() ? "" : " ") + call;
        return text;
    }
    int number_of(const std::string& call) const
    {
        const std::lock_guard lock(mutex_);
        return static_cast<int>(std::count(calls_.begin(), calls_.end(), call));
    }
    /// How often installers were started for the component that most often was.
    int most_runs() const
    {
        const std::lock_guard lock(mutex_);
        int most = 0;
        for (const auto& [name, runs] : runs_)
            most = std::max(most, runs);
        return most;
    }
    int runs() const
    {
        const std::lock_guard lock(mutex_);
        int all = 0;
        for (const auto& [name, number] : runs_)
            all += number;
        return all;
    }
    std::string version_of(const std::string& package) const
    {
        const std::lock_guard lock(mutex_);
        const auto found = packages_.find(package);
        return found == packages_.end() ? "" : found->second;
    }
    std::vector<AgentEvent> journal() const
    {
        const std::lock_guard lock(mutex_);
        return journal_;
    }
    bool agent_lies_there() const { return agent_; }
    int boots() const { return boots_; }

private:
    friend class Connection;

    struct Fault {
        Error error{Trouble::defect, ""};
        int times = 0;
    };
    struct Job {
        baseline::Component component;
        JobReport report;
    };

    void call(Phase phase, const std::string& name)
    {
        std::function<void()> act;
        {
            const std::lock_guard lock(mutex_);
            calls_.push_back(name);
            if (const auto found = acts_.find(phase); found != acts_.end())
                act = found->second;
        }
        if (act)
            act();
        const std::lock_guard lock(mutex_);
        const auto fault = faults_.find(phase);
        if (fault != faults_.end() && fault->second.times-- > 0)
            throw fault->second.error;
    }

    void note(const Job& job)
    {
        AgentEvent event;
        event.seq = journal_.size() + 1;
        event.job = job.report;
        journal_.push_back(event);
    }

    void print(const Job& job, const std::string& text)
    {
        AgentEvent event;
        event.seq = journal_.size() + 1;
        event.output_of = job.report.job;
        event.text = text;
        journal_.push_back(event);
    }

    void start(Job& job)
    {
        if (give_up_ > 0) {
            --give_up_;
            job.report.state = JobState::cancelled;
            job.report.result = "failed";
            job.report.text = "the manager was not heard of";
            return note(job);
        }
        ++runs_[job.component.name];
        job.report.state = JobState::running;
        note(job);
        print(job, "Setting up " + job.component.name + "\n");
        if (!holding_)
            end(job);
    }

    void end(Job& job)
    {
        if (rollout::is_final(job.report.state))
            return;
        const auto found = endings_.find(job.component.name);
        const Ending ending = found == endings_.end() ? Ending{} : found->second;
        if (ending.installs && !job.component.version.empty())
            packages_[job.component.name] = job.component.version;
        if (ending.installs && firmware_)
            firmware_ = job.component.version;
        job.report.state = ending.state;
        job.report.result = ending.result;
        job.report.text = ending.text;
        job.report.exit_code = ending.state == JobState::failed ? 1 : 0;
        note(job);
    }

    std::string boot() const { return "boot-" + std::to_string(boots_); }
    void boot_anew()
    {
        const std::lock_guard lock(mutex_);
        packages_.erase(lost_);
        ++boots_;
        going_down_ = false;
    }

    std::string name_;
    mutable std::mutex mutex_;
    std::vector<std::string> calls_;
    std::map<Phase, Fault> faults_;
    std::map<Phase, std::function<void()>> acts_;
    std::map<std::string, Ending> endings_;
    std::map<std::string, std::string> packages_;
    std::map<std::string, Job> jobs_;
    std::map<std::string, int> runs_;
    std::vector<AgentEvent> journal_;
    std::vector<std::string> left_;
    bool holding_ = false;
    bool ends_first_ = false;
    int give_up_ = 0;
    std::string lost_;
    std::atomic<int> boots_ = 0; ///< since it is in our hands
    std::atomic<bool> stays_up_ = false;
    std::atomic<bool> going_down_ = false;
    std::atomic<bool> agent_ = false;
    std::atomic<bool> deb_ = true;
    std::optional<std::string> firmware_; ///< of the BMC that it is
};

/// Calls that are made at one time, over all servers.
class Crowd {
public:
    void enter()
    {
        const int now = ++inside_;
        for (int most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
        }
    }
    void leave() { --inside_; }
    int most() const { return most_; }

private:
    std::atomic<int> inside_ = 0;
    std::atomic<int> most_ = 0;
};

/// What the engine drives a server with.
class Connection final : public rollout::Driver {
public:
    Connection(Server& server, Crowd& crowd) : server_(server), crowd_(crowd) {}

    void scout(const rollout::Tell& tell) override
    {
        const Inside inside(crowd_);
        tell("knocking");
        server_.call(Phase::scouting, "scout");
    }
    void copy(const rollout::Tell& tell) override
    {
        const Inside inside(crowd_);
        tell("1.0 of 2.5 MB");
        server_.agent_ = true;
        server_.call(Phase::copying, "copy");
    }
    void start(const rollout::Tell& tell) override
    {
        const Inside inside(crowd_);
        tell("starting");
        server_.call(Phase::starting, "start");
    }
    rollout::Facts inventory(const std::vector<std::string>& packages) override
    {
        const Inside inside(crowd_);
        const bool later = verifying_;
        server_.call(later ? Phase::verifying : Phase::inventory, "inventory");
        verifying_ = true;
        const std::lock_guard lock(server_.mutex_);
        rollout::Facts facts;
        facts.boot = server_.boot();
        facts.machine = "machine-of-" + server_.name_;
        facts.os = "Debian GNU/Linux 12 (bookworm)";
        facts.architecture = "x86_64";
        facts.takes_deb = server_.deb_;
        facts.takes_rpm = !server_.deb_;
        facts.deb_architecture = "amd64";
        facts.rpm_architecture = "x86_64";
        if (server_.firmware_) {
            facts.takes_firmware = true;
            facts.firmware.emplace_back();
            facts.firmware.back().id = "1";
            facts.firmware.back().name = "iLO 5";
            facts.firmware.back().version = *server_.firmware_;
        }
        for (const std::string& name : packages)
            if (const auto found = server_.packages_.find(name); found != server_.packages_.end())
                facts.packages.push_back({name, found->second, "amd64", common::ComponentKind::deb});
        return facts;
    }
    JobReport submit(const std::string& job, const baseline::Component& component, std::chrono::seconds,
                     bool) override
    {
        const Inside inside(crowd_);
        server_.call(Phase::staging, "submit");
        const std::lock_guard lock(server_.mutex_);
        const auto [place, fresh] = server_.jobs_.try_emplace(job);
        if (fresh) {
            place->second.component = component;
            place->second.report.job = job;
            server_.note(place->second);
            const JobReport accepted = place->second.report;
            server_.start(place->second);
            return server_.ends_first_ ? place->second.report : accepted;
        }
        return place->second.report;
    }
    std::vector<AgentEvent> poll(std::uint64_t since) override
    {
        const Inside inside(crowd_);
        server_.call(Phase::installing, "poll");
        const std::lock_guard lock(server_.mutex_);
        const auto first = std::min<std::size_t>(since, server_.journal_.size());
        return {server_.journal_.begin() + static_cast<std::ptrdiff_t>(first), server_.journal_.end()};
    }
    JobReport cancel(const std::string& job, bool kill) override
    {
        const Inside inside(crowd_);
        server_.call(Phase::done, kill ? "kill" : "cancel");
        const std::lock_guard lock(server_.mutex_);
        const auto found = server_.jobs_.find(job);
        if (found == server_.jobs_.end())
            throw Error(Trouble::rejected, "there is no such job");
        JobReport& report = found->second.report;
        if (kill && report.state == JobState::running) {
            report.state = JobState::failed;
            report.result = "killed";
            server_.note(found->second);
        }
        return report;
    }
    rollout::RebootReport reboot(const rollout::RebootWish& wish) override
    {
        const Inside inside(crowd_);
        server_.call(Phase::rebooting, "reboot");
        if (wish.boot != server_.boot())
            return {rollout::RebootState::done};
        if (server_.going_down_)
            throw Error(Trouble::unreachable, "no answer");
        server_.going_down_ = !server_.stays_up_;
        return {rollout::RebootState::pending, wish.delay};
    }
    rollout::RebootReport cancel_reboot() override
    {
        const Inside inside(crowd_);
        server_.call(Phase::done, "cancel_reboot");
        server_.going_down_ = false;
        return {rollout::RebootState::cancelled};
    }
    std::string reconnect(const rollout::Tell&) override
    {
        const Inside inside(crowd_);
        server_.call(Phase::reconnecting, "reconnect");
        if (server_.going_down_)
            server_.boot_anew();
        return server_.boot();
    }
    std::optional<rollout::LogProof> collect(const std::filesystem::path&) override
    {
        const Inside inside(crowd_);
        server_.call(Phase::collecting, "collect");
        return std::nullopt;
    }
    rollout::Removal remove() override
    {
        const Inside inside(crowd_);
        server_.call(Phase::removing, "remove");
        server_.agent_ = false;
        const std::lock_guard lock(server_.mutex_);
        return {server_.left_};
    }

private:
    struct Inside {
        explicit Inside(Crowd& crowd) : crowd_(crowd) { crowd_.enter(); }
        ~Inside() { crowd_.leave(); }
        Crowd& crowd_;
    };

    Server& server_;
    Crowd& crowd_;
    bool verifying_ = false;
};

class Fleet {
public:
    Fleet(std::initializer_list<std::string> names)
    {
        for (const std::string& name : names)
            add(name);
    }
    void add(const std::string& name)
    {
        names_.push_back(name);
        servers_.emplace(name, std::make_unique<Server>(name));
    }
    Server& operator[](const std::string& name) { return *servers_.at(name); }

    std::vector<target::Target> targets() const
    {
        std::vector<target::Target> targets;
        for (const std::string& name : names_) {
            targets.emplace_back();
            targets.back().name = name;
            targets.back().host = name + ".example";
        }
        return targets;
    }
    rollout::MakeDriver drivers()
    {
        return [this](const target::Target& target, std::size_t) {
            return std::make_unique<Connection>(*servers_.at(target.name), crowd_);
        };
    }
    const std::vector<std::string>& names() const { return names_; }
    int calls_at_once() const { return crowd_.most(); }
    /// Names of the servers on which an agent lies around.
    std::string left_behind() const
    {
        std::string text;
        for (const std::string& name : names_)
            if (servers_.at(name)->agent_lies_there())
                text += (text.empty() ? "" : " ") + name;
        return text;
    }

private:
    std::vector<std::string> names_;
    std::map<std::string, std::unique_ptr<Server>> servers_;
    Crowd crowd_;
};

} // namespace fleet
