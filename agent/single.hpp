#pragma once

#include "agent/agent_log.hpp"
#include "agent/run_folder.hpp"
#include "common/os/descriptor.hpp"

#include <cstdint>

namespace agent {

/// Makes this process the only agent of the run in `folder`: stops the one before it, takes the lock and
/// leaves its own name. Throws `rejected` when the one before belongs to a later start of the manager, `busy`
/// when it does not go.
common::os::Descriptor become_only_agent(const RunFolder& folder, std::uint64_t epoch, const AgentLog& log);

} // namespace agent
