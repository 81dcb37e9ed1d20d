#pragma once

#include "agent/agent_log.hpp"
#include "agent/run_folder.hpp"

#include <cstdint>

namespace agent {

/// Stops the run's agent before us, if one lives. Throws `rejected` when it belongs to a later start of the
/// manager.
void stop_agent_before(const RunFolder& folder, std::uint64_t epoch, const AgentLog& log);

/// Leaves this process's name in the run's folder, for those who look for it.
void leave_record(const RunFolder& folder, std::uint64_t epoch);

} // namespace agent
