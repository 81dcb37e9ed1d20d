#pragma once

#include "agent/installer/installer.hpp"

#include <filesystem>
#include <sys/types.h>
namespace agent {

/// What became of a start.
struct Started {
    pid_t pid = 0; ///< 0 when it could not be started
    int error = 0; ///< errno then
};

/// Starts an installer: nothing on its standard input, `output` as its output and errors, a process group of
/// its own, usual signals and umask, and no descriptor of ours but `lock`, by which everybody sees that it
/// lives. The calling process must have one thread.
Started start_installer(const installer::Command& command, const std::filesystem::path& folder, int output,
                        int lock);

} // namespace agent
