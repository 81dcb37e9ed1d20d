#pragma once

#include <compare>
#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace manager::link {

/// A target of a run.
struct RunTarget {
    std::string run;
    std::size_t target = 0; ///< its number in the run

    auto operator<=>(const RunTarget&) const = default;
};

/// Which key stands for which target of which run, and what that target may fetch. A key that is not here
/// gets no connection; an object of somebody else is answered like one that there is not. Any thread may
/// call.
class Roster {
public:
    /// From now on the key with this fingerprint is the target's agent; an earlier one of the target is
    /// forgotten.
    void admit(const std::string& pin, const RunTarget& target);

    /// The target may fetch `file`, by the hash of its content.
    void allow(const RunTarget& target, const std::string& sha256, const std::filesystem::path& file);

    /// The target's agent is gone.
    void dismiss(const RunTarget& target);

    std::optional<RunTarget> target_of(const std::string& pin) const;

    /// The file that whoever has this key may fetch by this hash; nothing when there is none for him.
    std::optional<std::filesystem::path> payload(const std::string& pin, const std::string& sha256) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, RunTarget> targets_;
    std::map<RunTarget, std::map<std::string, std::filesystem::path>> payloads_;
};

} // namespace manager::link
