#pragma once

#include <filesystem>
#include <string>

namespace agent {

/// Where everything of one run lies on the target. Of it, `logs`, `journal` and `tombstone` stay for ever.
class RunFolder {
public:
    /// `state` is common::state_folder but in tests. Makes the folders, root-owned and private.
    RunFolder(const std::filesystem::path& state, const std::string& run);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path logs() const { return path_ / "logs"; }
    std::filesystem::path jobs() const { return path_ / "jobs"; }
    std::filesystem::path payload() const { return path_ / "payload"; }
    std::filesystem::path journal() const { return path_ / "journal"; }
    std::filesystem::path lock() const { return path_ / "lock"; }
    std::filesystem::path pid() const { return path_ / "agent.pid"; }
    std::filesystem::path tombstone() const { return path_ / "tombstone"; }

    /// Removes all but what stays.
    void remove_work() const;

private:
    std::filesystem::path path_;
};

} // namespace agent
