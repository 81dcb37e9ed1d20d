#pragma once

#include <string>
#include <vector>

namespace agent {

/// Becomes what the command line `words` (without the program's name) say: an agent, the process between
/// agent and installer, or another helper of this system's. Returns the exit status.
int enter(const std::vector<std::string>& words);

} // namespace agent
