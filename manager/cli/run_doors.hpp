#pragma once

#include "manager/cli/station.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace manager::cli {

/// The runs that a station works on, each behind a door that closes when its campaign leaves: whoever is in
/// is waited for, nobody else gets in. Any thread may call.
class RunDoors {
public:
    /// Open until the result goes; that waits for whoever is in.
    std::shared_ptr<void> open(const std::string& run, Station::RunHooks hooks);

    /// Throws `not_found` when nobody here works on `run`.
    std::uint64_t take_events(const link::RunTarget& target, std::vector<rollout::AgentEvent> events);
    void cancel(const std::string& run, serve::Cancel how);
    void pause(const std::string& run, bool on);

    /// Ids of the runs that others know of.
    std::vector<std::string> runs() const;

private:
    struct Door {
        std::shared_mutex mutex; ///< shared: by those who are in
        bool open = true;
        std::atomic<unsigned> cancels = 0; ///< as often as it was asked to stop
        Station::RunHooks hooks;
    };

    void close(const std::string& run, Door& door);
    std::shared_ptr<Door> door_of(const std::string& run) const;

    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Door>> doors_;
};

} // namespace manager::cli
