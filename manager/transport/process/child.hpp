#pragma once

#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace manager::transport::process {

/// What to start. The child gets nothing of ours but what stands here.
struct Program {
    std::vector<std::string> arguments;           ///< the first is the program's path
    std::vector<std::string> environment;         ///< `NAME=value`
    std::vector<std::pair<int, int>> handed_on{}; ///< our descriptor, and its number (above 2) in the child
};

/// A program of this machine that carries bytes for us, in a session of its own: Ctrl-C at our terminal is
/// our business, and it finds no terminal to ask at. Going, it closes the child's input, on which a script of
/// ours ends and cleans up, waits two seconds for that, and kills what is left of the process group.
class Child {
public:
    explicit Child(const Program& program);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    /// Its standard input and output: one socket, which does not block and of which each direction can be
    /// shut down by itself.
    const common::os::Descriptor& stream() const { return stream_; }
    common::os::Descriptor& problems() { return problems_; } ///< its standard error; does not block

    /// How it ended: 0..255, 128 + n when signal n ended it. Throws `unreachable` when `deadline` passes
    /// first.
    int wait(common::Deadline deadline);

    /// Ends it and what it has started at once.
    void kill() const;

    pid_t pid() const { return pid_; } ///< also the number of its session

private:
    bool reap();

    common::os::Descriptor stream_;
    common::os::Descriptor problems_;
    pid_t pid_ = 0;
    std::optional<int> status_;
};

} // namespace manager::transport::process
