#pragma once

#include "common/os/descriptor.hpp"

#include <chrono>
#include <filesystem>
#include <optional>

/// Locks on files by which everybody sees that somebody lives. Such a lock belongs to the open file: it lasts
/// until the last copy of its descriptor is closed, also those that other processes have inherited. Others
/// may read the file.
namespace agent {

/// Locks a file for this process alone, making it where it is missing. Not open when somebody else has it.
common::os::Descriptor try_lock(const std::filesystem::path& file);

/// The same, tried again and again for `time`.
common::os::Descriptor wait_for_lock(const std::filesystem::path& file, std::chrono::milliseconds time);

/// Opens and locks a file that nobody else knows yet, making it where `fresh` says so. Throws Error, also
/// when it is locked, or there already though it is to be fresh.
common::os::Descriptor open_locked(const std::filesystem::path& file, bool fresh);

/// Whether somebody holds the lock of `file`; nothing when there is no such file. Throws Error.
std::optional<bool> is_locked(const std::filesystem::path& file);

} // namespace agent
