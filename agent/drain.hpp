#pragma once

#include "common/os/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>

namespace agent {

/// What a drain leaves behind.
struct Drained {
    std::uint64_t bytes = 0;
    std::uint64_t dropped = 0;
    std::string tail; ///< the last bytes, at most 16 KiB
};

/// A small process of its own that takes an installer's output into its log. It is apart from the shim
/// because it must go on when the shim is killed: an installer whose pipe has no reader dies, or fails, in
/// the middle of its work. For the same reason the shim holds the pipe, too, and starts another process when
/// this one is killed.
class Drain {
public:
    /// Starts it. The calling process must have one thread only.
    Drain(std::filesystem::path log, std::filesystem::path ring);
    ~Drain();
    Drain(const Drain&) = delete;
    Drain& operator=(const Drain&) = delete;

    pid_t pid() const; ///< of the process

    /// Where the installer writes, until finish().
    int input() const;

    /// Starts it again when it is gone; to be called every now and then.
    void look();

    /// The installer ended: takes what is in the pipe, at most for a second, because a daemon that it left
    /// behind may keep the pipe open for ever. Then ends the process.
    Drained finish();

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace agent
