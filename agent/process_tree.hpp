#pragma once

#include <sys/types.h>
#include <vector>

namespace agent {

/// All living descendants of this process (zombies are not living).
std::vector<pid_t> descendants();

/// Sends `signal` to the process group `group` and to every descendant.
void signal_tree(pid_t group, int signal);

} // namespace agent
