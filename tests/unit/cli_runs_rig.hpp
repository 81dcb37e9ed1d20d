#pragma once

#include "manager/cli/runtime_file.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/store/sqlite_store.hpp"
#include "tests/unit/cli_rig.hpp"

#include <atomic>
#include <filesystem>
#include <optional>

/// Runs that are kept, and a manager at work, for tests of the commands that tell of them.
namespace tests {

namespace fs = std::filesystem;
using namespace manager;
using rollout::Outcome;
using rollout::Phase;

inline rollout::RunEvent event_of(std::size_t target, Phase phase, const std::string& text = {})
{
    rollout::RunEvent event;
    event.time = 1'930'123'457'000;
    event.target = target;
    event.phase = phase;
    event.text = text;
    return event;
}

inline rollout::RunEvent output_of(std::size_t target, const std::string& lines)
{
    rollout::RunEvent event;
    event.time = 1'930'123'458'000;
    event.target = target;
    event.output = lines;
    return event;
}

/// Keeps runs in the data folder of a rig.
struct Kept {
    explicit Kept(const CliRig& rig) : folder(rig.data) {}

    /// A run whose manager is at work as long as the store lives.
    store::SqliteStore& running(rollout::Run run)
    {
        open.emplace(folder);
        open->add(run);
        run.targets[0].phase = Phase::installing;
        run.targets[0].text = "installing tree 2.1";
        open->save(run, {0},
                   {event_of(0, Phase::scouting), event_of(1, Phase::scouting, "not ours"),
                    output_of(0, "Unpacking\n\033[2Jevil\n"), event_of(0, Phase::installing)});
        return *open;
    }

    void interrupted(rollout::Run run)
    {
        running(std::move(run));
        open.reset();
    }

    void finished(rollout::Run run)
    {
        store::SqliteStore& store = running(run);
        end(run.targets[0], Outcome::updated);
        end(run.targets[1], Outcome::unreached, "connecting to node2: connection refused");
        run.targets[1].failed_in = Phase::scouting;
        run.ended = run.started + 83'000;
        store.save(run, {0, 1}, {});
        store.finish(run);
        open.reset();
    }

    fs::path folder;
    std::optional<store::SqliteStore> open;
};

/// A manager of this very process: its local control and its runtime file.
struct Manager final : serve::ManagerDesk {
    Manager(const fs::path& data, const std::string& run_id, rollout::Store& store)
        : run(run_id),
          changes(store), control{common::Secret("the token"), 1'930'123'456'000, store, *this, changes},
          server(loop, common::tls::Context::server_without_client_certificates(identity),
                 serve::manager_service(control))
    {
        port = server.listen("127.0.0.1", 20'000, 40'000).port;
        file.emplace(data, run, port, identity.fingerprint(), "the token");
    }

    std::vector<serve::PortInUse> ports() const override
    {
        return {{"local", "127.0.0.1", port, 61'000}, {"depot", "", 60'000, 60'000}};
    }
    std::vector<std::string> runs() const override { return {run}; }
    void cancel(const std::string& id, serve::Cancel) override
    {
        if (id != run)
            throw common::Error(common::Trouble::not_found, "this manager does not work on that run");
        ++cancels;
    }

    void pause(const std::string&, bool) override {}
    bool is_paused(const std::string&) const override { return false; }
    std::string deploy(serve::DeployWish) override { return run; }
    void resume(serve::ResumeWish) override {}
    std::string begin_errand(serve::Errand, serve::DeployWish) override { return {}; }
    serve::ErrandNews errand_news(const std::string&, std::size_t, std::size_t) const override { return {}; }
    void cancel_errand(const std::string&) override {}
    serve::Health health() const override { return {}; }
    std::vector<link::AgentAtWork> agents() const override { return {}; }
    serve::Keeper& keeper() override
    {
        throw common::Error(common::Trouble::rejected, "this manager keeps nothing");
    }
    fs::path folder_of(const std::string& id) const override { return "/nowhere/" + id; }

    std::string run;
    std::atomic<int> cancels = 0;
    common::tls::Identity identity = common::tls::Identity::make("manager");
    common::net::Loop loop{1, 2};
    serve::Changes changes;
    serve::LocalControl control;
    common::net::Server server;
    std::uint16_t port = 0;
    std::optional<cli::RuntimeFile> file;
};

inline bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

inline const std::string id = run_of(1).id;

} // namespace tests
