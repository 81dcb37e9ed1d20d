#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace manager::link {

/// Which key stands for which target of the run, and what that target may fetch. A key that is not here gets
/// no connection; an object of somebody else is answered like one that there is not. Any thread may call.
class Roster {
public:
    /// From now on the key with this fingerprint is the target's agent; an earlier one of the target is
    /// forgotten.
    void admit(const std::string& pin, std::size_t target);

    /// The target may fetch the payload with this hash.
    void allow(std::size_t target, const std::string& sha256);

    /// The target's agent is gone.
    void dismiss(std::size_t target);

    std::optional<std::size_t> target_of(const std::string& pin) const;
    bool may_fetch(const std::string& pin, const std::string& sha256) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::size_t> targets_;
    std::map<std::size_t, std::set<std::string>> payloads_;
};

} // namespace manager::link
