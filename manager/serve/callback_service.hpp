#pragma once

#include "common/net/core.hpp"
#include "manager/link/roster.hpp"
#include "manager/rollout/driver.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace manager::serve {

/// Stores the events of a target durably and returns the highest seq that is stored; see
/// Rollout::agent_events().
using TakeEvents =
    std::function<std::uint64_t(const link::RunTarget& target, std::vector<rollout::AgentEvent> events)>;

/// What the callback port (61001+) serves. Whose events they are is told by the caller's key alone; a body
/// that says something else is refused. `roster` outlives the server.
common::net::Router callback_service(link::Roster& roster, TakeEvents take_events);

} // namespace manager::serve
