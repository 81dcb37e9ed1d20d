#pragma once

#include <optional>
#include <sys/types.h>
#include <vector>

namespace agent {

/// Tells this process and its line of adopted children from all others: children whose parent dies become
/// ours, so that no process of an installer gets out of sight by forking twice.
void adopt_orphans();

/// All living processes below `root`, however deep; `but` and what is below it are left out.
std::vector<pid_t> descendants(pid_t root, std::optional<pid_t> but);

/// Reaps children that ended, but not `keep`.
void reap_orphans(std::optional<pid_t> keep);

} // namespace agent
