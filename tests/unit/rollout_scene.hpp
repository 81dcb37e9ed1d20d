#pragma once

#include "common/clock.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/signature.hpp"
#include "manager/rollout/exit_code.hpp"
#include "manager/rollout/report.hpp"
#include "manager/store/sqlite_store.hpp"
#include "tests/support/scratch.hpp"
#include "tests/unit/fleet.hpp"

#include <filesystem>
#include <thread>

/// Where the tests of the engine take place: a data folder of their own, a request, and a real store.
namespace fleet {

inline baseline::Component package(const std::string& name, const std::string& version)
{
    baseline::Component component;
    component.kind = common::ComponentKind::deb;
    component.name = name;
    component.version = version;
    component.architecture = "amd64";
    component.file = "/srv/" + name + "_" + version + ".deb";
    component.sha256 =
        std::string(64 - name.size() - version.size(), '0') + common::to_hex(name).substr(0, 4) + version;
    component.size = 1'000;
    return component;
}

inline baseline::Component program(const std::string& name)
{
    baseline::Component component;
    component.kind = common::ComponentKind::program;
    component.name = name;
    component.file = "/srv/" + name;
    component.sha256 = std::string(64, 'f');
    return component;
}

/// Remembers what it is told.
struct Witness final : rollout::Observer {
    void started(const rollout::Run&) override { ++starts; }
    void changed(const rollout::Run& run, std::size_t index) override
    {
        phases[index].push_back(run.targets[index].phase);
    }
    void output(const rollout::Run&, std::size_t, const std::string& lines) override { printed += lines; }
    void notice(const rollout::Run&, std::size_t, const std::string& text) override
    {
        notices.push_back(text);
    }
    void trouble(const rollout::Run&, const std::string& text) override { troubles.push_back(text); }
    void finished(const rollout::Run&) override { ++ends; }

    int starts = 0;
    int ends = 0;
    std::map<std::size_t, std::vector<Phase>> phases;
    std::string printed;
    std::vector<std::string> notices;
    std::vector<std::string> troubles;
};

class Scene {
public:
    explicit Scene(Fleet& servers) : fleet(servers)
    {
        request.targets = fleet.targets();
        request.lease = std::chrono::seconds(1);
        request.job_limit = std::chrono::seconds(5);
        using namespace std::chrono_literals;
        pace = {1ms, 5ms, 1ms, 5ms, 5ms, 30s, 1ms, 1ms, 5ms};
    }

    /// A new run in the store.
    rollout::Run begin(rollout::Store& store) const
    {
        rollout::Run run;
        run.id = common::to_hex(common::os::random_bytes(16));
        run.started = common::to_milliseconds(std::chrono::system_clock::now());
        run.request = request;
        run.targets.resize(request.targets.size());
        store.add(run);
        return run;
    }

    std::filesystem::path data() const { return scratch.path() / "data"; }
    std::filesystem::path run_folder(const std::string& id) const { return data() / "runs" / id; }

    /// Runs it through to its end.
    rollout::Run deploy(const std::function<void(rollout::Rollout&)>& prepare = {})
    {
        store::SqliteStore store(data());
        rollout::Rollout engine(begin(store), store, fleet.drivers(), {&witness}, scratch.path() / "run",
                                pace);
        if (prepare)
            prepare(engine);
        return engine.run();
    }

    /// A resume of a run whose first component on its only target ended so, as its agent's journal tells.
    rollout::Run resume_after(JobState end, const std::string& why)
    {
        const std::string id = killed_after(end, why);
        store::SqliteStore store(data());
        rollout::Rollout engine(store.take_over(id), store, fleet.drivers(), {&witness}, run_folder(id),
                                pace);
        return engine.run();
    }

    Fleet& fleet;
    tests::Scratch scratch;
    rollout::Request request;
    rollout::Pace pace;
    Witness witness;

private:
    std::string killed_after(JobState end, const std::string& why)
    {
        store::SqliteStore store(data());
        rollout::Run run = begin(store);
        rollout::ComponentState component;
        component.action = rollout::action_install;
        component.job = common::tls::job_id(run.id, "0", request.components.front().identity(), 1);
        component.report.emplace();
        component.report->job = component.job;
        component.report->state = end;
        component.report->text = why;
        run.targets.front().components.assign(request.components.size(), {});
        run.targets.front().components.front() = component;
        store.save(run, {0}, {});
        return run.id;
    }
};

inline std::string outcome(const rollout::Run& run, std::size_t index = 0)
{
    const auto& state = run.targets.at(index);
    return state.outcome ? std::string(rollout::name_of(*state.outcome)) : "none";
}

} // namespace fleet
