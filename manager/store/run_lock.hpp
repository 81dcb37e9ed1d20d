#pragma once

#include "common/os/descriptor.hpp"

#include <filesystem>
#include <string>

namespace manager::store {

/// Says that a living process works on a run: a lock on the file `lock` in the run's folder, which the kernel
/// drops when the process ends, however it ends.
class RunLock {
public:
    /// Makes `folder` (0700) when it is not there. Throws `busy`, naming the process, when another one has
    /// the lock.
    static RunLock take(const std::filesystem::path& folder);

    /// True when a living process has the lock of the run in `folder`.
    static bool is_taken(const std::filesystem::path& folder);

private:
    explicit RunLock(common::os::Descriptor file) : file_(std::move(file)) {}

    common::os::Descriptor file_;
};

} // namespace manager::store
