#pragma once

#include "manager/baseline/component.hpp"
#include "manager/rollout/driver.hpp"
#include "manager/rollout/phase.hpp"
#include "manager/target/target.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace manager::rollout {

/// What the user asked for, frozen for the life of the run. Holds no secret, so the store keeps it for `resume`.
struct Request {
    std::vector<target::Target> targets;
    std::vector<baseline::Component> components; ///< in the order of their installation; empty: look only
    std::size_t parallel = 32;                   ///< targets worked on at once
    std::chrono::seconds lease{300};             ///< idle lease of the agents
    std::chrono::seconds job_limit{3600};        ///< for each component
    bool allow_downgrade = false;
};

/// What became of one component on one target.
struct ComponentState {
    std::string job;                  ///< id; empty as long as nothing was sent
    std::string action;               ///< install, or why not: "same version is installed"
    std::string version_before;       ///< empty: not installed
    std::string version_after;        ///< as verified; empty: not verified (yet)
    std::optional<JobReport> report;  ///< newest state heard of the job
};

struct TargetState {
    Phase phase = Phase::waiting;
    std::optional<Outcome> outcome;
    std::string text;  ///< what is going on; in the end why it ended so
    std::string hint;  ///< the way out
    Phase failed_in = Phase::waiting; ///< with a failure: where
    std::vector<ComponentState> components; ///< as Request::components
    std::uint64_t last_seq = 0;       ///< newest event of the agent that is stored
    std::vector<std::string> left;    ///< what removal left behind
    bool looked = false;              ///< removal was looked at: `left` is the truth
};

/// A run: one request over its targets.
struct Run {
    std::string id;             ///< 32 hexadecimal digits
    std::uint64_t epoch = 1;    ///< start counter; `resume` raises it
    std::int64_t started = 0;   ///< ms since 1970
    std::int64_t ended = 0;     ///< 0 = not yet
    Request request;
    std::vector<TargetState> targets; ///< as Request::targets
};

} // namespace manager::rollout
