#pragma once

#include "common/error.hpp"
#include "manager/baseline/component.hpp"
#include "manager/rollout/driver.hpp"
#include "manager/rollout/phase.hpp"
#include "manager/rollout/reboot.hpp"
#include "manager/rollout/road.hpp"
#include "manager/target/target.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace manager::rollout {

/// What the user asked for, frozen for the life of the run. Holds no secret, so the store keeps it for
/// `resume`.
struct Request {
    std::vector<target::Target> targets;
    /// In the order of their installation. Empty: look only; such a run stops after the inventory, and its
    /// targets end as nothing_needed.
    std::vector<baseline::Component> components;
    std::size_t parallel = 32;            ///< targets worked on at once
    std::chrono::seconds lease{300};      ///< idle lease of the agents
    std::chrono::seconds job_limit{3600}; ///< for each component
    bool allow_downgrade = false;
    bool reinstall = false; ///< firmware: also where the same version runs, or one that cannot be compared
    Road road = Road::automatic;
    RebootRules reboot;
};

/// What became of one component on one target.
struct ComponentState {
    std::string job;    ///< id; empty as long as nothing was sent
    std::string action; ///< `install`, or why not: "same version is installed"; empty: not planned yet
    std::string version_before;      ///< empty: not installed
    std::string version_after;       ///< as found afterwards; empty: not looked at (yet)
    std::optional<JobReport> report; ///< newest state heard of the job; a final one never changes
    bool verified = false;           ///< the job is over and what it was to reach is reached
    bool has_device = false;         ///< of a BMC: it has what the component is for, or the user said so
};

struct TargetState {
    Phase phase = Phase::waiting;
    std::optional<Outcome> outcome;
    /// How it will end, known before it has ended: collecting and removing do not change it any more. A
    /// resumed run only cleans up where this is set.
    std::optional<Outcome> verdict;
    std::string text;                       ///< what is going on; once there is a verdict, why
    std::string hint;                       ///< the way out
    Phase failed_in = Phase::waiting;       ///< with a failure: where
    std::optional<common::Trouble> trouble; ///< with a failure that was an error: its kind
    std::string os;                         ///< as the inventory told; empty: not known
    std::string machine;                    ///< machine id; empty: not known
    std::vector<ComponentState> components; ///< as Request::components
    RebootProgress reboot;
    std::uint64_t last_seq = 0;       ///< newest event of the agent that is stored
    std::vector<std::string> notices; ///< what else is worth a line in the report
    bool touched = false;             ///< something of ours was, or may have been, put there
    std::optional<LogProof> log;      ///< once the agent's log was fetched
    std::vector<std::string> left;    ///< what removal left behind
    bool logs = true;                 ///< the logs stayed there; else a component removed them
    bool looked = false;              ///< removal was looked at: `left` and `logs` are the truth
};

/// A run: one request over its targets.
struct Run {
    std::string id;           ///< 32 hexadecimal digits
    std::uint64_t epoch = 1;  ///< start counter; `resume` raises it
    std::int64_t started = 0; ///< ms since 1970
    std::int64_t ended = 0;   ///< 0 = not yet
    Request request;
    std::vector<TargetState> targets; ///< as Request::targets
};

} // namespace manager::rollout
