#pragma once

#include "manager/rollout/store.hpp"
#include "manager/store/database.hpp"
#include "manager/store/run_lock.hpp"

#include <filesystem>
#include <map>
#include <mutex>

namespace manager::store {

/// Runs in `folder`/soapstone.db (0600), one SQLite database. Several processes may have it open at once;
/// each run is written by the one that added it or took it over, which holds `folder`/runs/<id>/lock
/// meanwhile.
class SqliteStore final : public rollout::Store {
public:
    /// `folder` is made, 0700, when it is not there. Throws `rejected` for a database that is damaged or of a
    /// newer program, which stays as it is.
    explicit SqliteStore(const std::filesystem::path& folder);

    /// False when nothing was ever kept in `folder`; makes nothing.
    static bool is_there(const std::filesystem::path& folder);

    void add(const rollout::Run& run) override;
    rollout::Run take_over(const std::string& id) override;
    void save(const rollout::Run& run, const std::vector<std::size_t>& changed,
              const std::vector<rollout::RunEvent>& events) override;
    void finish(const rollout::Run& run) override;

    /// This process works on the run no more, finished or not: others may take it over.
    void let_go(const std::string& id);

    std::optional<rollout::Run> find(const std::string& id) const override;
    std::optional<bool> is_over(const std::string& id) const override;
    rollout::Listing list(std::size_t most, const std::string& older_than = {}) const override;
    rollout::Run resolve(const std::string& prefix) const override;
    std::vector<rollout::RunEvent> events(const std::string& id, std::uint64_t since,
                                          std::size_t most) const override;
    std::vector<rollout::JournalEntry> journal(std::uint64_t since, std::size_t most) const override;
    std::uint64_t newest_position() const override;
    std::uint64_t revision() const override;

    /// The folder of a run: its lock, its report, the logs of its targets.
    std::filesystem::path folder_of(const std::string& id) const { return folder_ / "runs" / id; }
    /// True when a living process, perhaps this one, works on the run.
    bool is_owned(const std::string& id) const { return RunLock::is_taken(folder_of(id)); }

private:
    void put_target(Statement& put, const rollout::Run& run, std::size_t index);
    void check_epoch(const rollout::Run& run);
    std::optional<rollout::Run> read(const std::string& id) const;
    void read_targets(rollout::Run& run) const;

    std::filesystem::path folder_;
    mutable std::mutex mutex_; ///< around the database and the locks
    mutable Database database_;
    mutable std::mutex watching_; ///< around the next one
    mutable Database onlooker_;   ///< stores nothing, and so is told of each change by PRAGMA data_version
    std::map<std::string, RunLock> locks_;
};

} // namespace manager::store
