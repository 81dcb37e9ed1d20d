#pragma once

#include "common/bootstrap.hpp"
#include "common/clock.hpp"
#include "manager/rollout/road.hpp"

#include <compare>
#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace manager::link {

/// A target of a run.
struct RunTarget {
    std::string run;
    std::size_t target = 0; ///< its number in the run

    auto operator<=>(const RunTarget&) const = default;
};

/// What whoever started an agent can tell of it.
struct AgentFacts {
    std::string target;  ///< name
    common::Endpoint at; ///< where it listens, on the address at which the login came
    std::string version;
    std::string platform; ///< "Linux x86_64"
};

/// An agent that is at work.
struct AgentAtWork {
    RunTarget target;
    AgentFacts facts;
    std::optional<rollout::Road> road; ///< nothing: it has not answered yet
    common::SystemTime started;
    common::SystemTime heard; ///< when it last answered or called
};

/// Which key stands for which target of which run, and what that target may fetch. A key that is not here
/// gets no connection; an object of somebody else is answered like one that there is not. Any thread may
/// call.
class Roster {
public:
    /// From now on the key with this fingerprint is the target's agent; an earlier one of the target is
    /// forgotten.
    void admit(const std::string& pin, const RunTarget& target, AgentFacts facts);

    /// The agent with this key answered by `road`; or it called, by a road of its own.
    void heard(const std::string& pin, std::optional<rollout::Road> road = {});

    /// The target may fetch `file`, by the hash of its content.
    void allow(const RunTarget& target, const std::string& sha256, const std::filesystem::path& file);

    /// The target's agent is gone.
    void dismiss(const RunTarget& target);

    std::optional<RunTarget> target_of(const std::string& pin) const;

    /// The file that whoever has this key may fetch by this hash; nothing when there is none for him.
    std::optional<std::filesystem::path> payload(const std::string& pin, const std::string& sha256) const;

    /// All agents that are there, by run and target.
    std::vector<AgentAtWork> agents() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, AgentAtWork> agents_; ///< by pin
    std::map<RunTarget, std::map<std::string, std::filesystem::path>> payloads_;
};

} // namespace manager::link
