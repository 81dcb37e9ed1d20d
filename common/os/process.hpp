#pragma once

#include "common/clock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace common::os {

/// How a program ended and what it printed.
struct Finished {
    int status = 0;       ///< 0..255, 128 + n when signal n ended it; on Windows all 32 bits
    std::string output;   ///< standard output
    std::string problems; ///< standard error
};

/// Runs `arguments[0]` (an absolute path, or a name looked up in the usual system folders) without a shell,
/// with nothing on standard input and a fixed clean environment, and waits for it. Output is cut after `most`
/// bytes each. Throws `rejected` when it cannot be started, `unreachable` when `deadline` passes (it is
/// killed then).
Finished run(const std::vector<std::string>& arguments, Deadline deadline, std::size_t most = 8 << 20);

/// Where `program` is among the usual system folders (/usr/sbin, /usr/bin, /sbin, /bin, /usr/local/...; on
/// Windows System32 and what lies in it, and ".exe" need not be said).
std::optional<std::string> find_program(const std::string& program);

/// Where the running program lies; what belongs to it is looked for there first.
std::filesystem::path own_folder();

/// The environment that programs of ours get: a fixed PATH, the C locale, no trace of the caller's; on
/// Windows the few variables that name the system's folders.
const std::vector<std::string>& clean_environment();

/// The number of this process.
pid_t process_id() noexcept;

/// When process `pid` started, in clock ticks since boot (on Windows 100 ns since 1601): with the pid it
/// names one process for ever. Nothing when there is no such process.
std::optional<std::uint64_t> start_time(pid_t pid);

/// Names this boot of the machine: that of /proc/sys/kernel/random/boot_id; on Windows 32 hexadecimal digits,
/// made of the moment of the boot.
std::string boot_id();

} // namespace common::os
