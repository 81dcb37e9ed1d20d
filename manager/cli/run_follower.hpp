#pragma once

#include "manager/cli/progress.hpp"
#include "manager/store/sqlite_store.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace manager::cli {

/// Tells `progress` of a run that another process works on, out of the store, as if it went here: each entry
/// of its journal once. One thread.
class RunFollower {
public:
    /// `store` and `progress` outlive this. `is_served`: whether somebody is there who would take the run
    /// over.
    RunFollower(const store::SqliteStore& store, std::string run, Progress& progress,
                std::function<bool()> is_served);

    /// Returns the run when nobody works on it any more and each target is done. As long as nobody works on
    /// it and nobody would, it waits. Throws `rejected` when its manager gave it up.
    rollout::Run follow();

private:
    void catch_up();
    void take(const rollout::RunEvent& event, const rollout::Run& now);
    void check_manager();

    const store::SqliteStore& store_;
    const std::string id_;
    Progress& progress_;
    std::function<bool()> is_served_;
    rollout::Run view_; ///< as far as it was told
    std::uint64_t since_ = 0;
    unsigned looks_in_vain_ = 0; ///< in a row, with somebody there who does not take the run
    bool alone_ = false;         ///< nobody is there, and that was said
};

} // namespace manager::cli
