#pragma once

#include "agent/agent_log.hpp"

#include <filesystem>
#include <string>

namespace agent {

/// Removes what agents of other runs, all of them dead, left under `state` besides logs and journals, after
/// writing into their journals how their jobs ended. To be called with the target locked for `run`. A run
/// that cannot be tidied up is left alone, with a warning in `log`.
void tidy_up_after_others(const std::filesystem::path& state, const std::string& run, const AgentLog& log);

} // namespace agent
