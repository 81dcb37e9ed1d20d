#pragma once

#include "agent/process_name.hpp"
#include "common/os/descriptor.hpp"

#include <chrono>
#include <filesystem>

namespace agent {

/// Locks a file for this process alone, making it where it is missing. Not open when somebody else has it.
/// The lock goes with the descriptor.
common::os::Descriptor try_lock(const std::filesystem::path& file);

/// The same, tried again and again for `time`.
common::os::Descriptor wait_for_lock(const std::filesystem::path& file, std::chrono::milliseconds time);

/// Ends a process that holds a lock: it is asked to, and killed when it does not go within 5 s.
void stop_process(const ProcessName& process);

} // namespace agent
