#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/errand_host.hpp"
#include "manager/cli/run_audit.hpp"
#include "manager/cli/station.hpp"
#include "manager/store/sqlite_store.hpp"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace manager::cli {

/// Carries runs through on a station, each on a thread of its own: those that are asked for, and those that a
/// manager left behind. It has errands done, too. Any thread may call.
class RunHost {
public:
    using Say = std::function<void(const std::string& text)>;

    /// From now on it takes what is asked for at `station`. `say` is told when a run begins and ends.
    RunHost(Station& station, store::SqliteStore& store, std::filesystem::path data, Say say);
    /// Takes no more runs, stops those that go, and waits for them.
    ~RunHost();

    /// Goes on with the runs that nobody works on, where it knows how to log in without being told again.
    /// What it cannot go on with is said.
    void go_on();

    /// Takes no more runs; what runs on targets may finish. Once more ends that, too.
    void cancel();

    /// Until cancel() was called and all runs have ended.
    void wait_for_end();

private:
    /// A run that goes. Its thread alone makes the campaign go away.
    struct Going {
        explicit Going(const rollout::Run& run) : audit(audit_of(run)) {}

        RunAudit audit;
        std::unique_ptr<Campaign> campaign; ///< null when it is about to be over
        bool over = false;                  ///< nothing is left but the thread
        std::thread thread;
    };

    std::string deploy(const serve::DeployWish& wish);
    void resume(const serve::ResumeWish& wish);
    void go_on_with(const rollout::Run& run);
    void go_on_with(const rollout::Run& run, const serve::DeployWish& order);
    void start(rollout::Run run, CampaignOptions options);
    void carry_through(Going& going, const std::string& id);
    void end(Going& going, const std::string& id);
    void reap();

    Station& station_;
    store::SqliteStore& store_;
    const std::filesystem::path data_;
    const Say say_;
    ErrandHost errands_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::unique_ptr<Going>> going_;
    bool ending_ = false;
};

} // namespace manager::cli
