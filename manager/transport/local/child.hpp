#pragma once

#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace manager::transport::local {

/// A `/bin/sh -c` of ours with its three streams, all non-blocking. Going, it closes the input, on which a
/// script of ours ends and cleans up, waits two seconds for that, and kills what is left of the process
/// group.
class Child {
public:
    explicit Child(const std::string& command);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    common::os::Descriptor& input() { return input_; } ///< a socket, so that writing raises no signal
    common::os::Descriptor& output() { return output_; }
    common::os::Descriptor& problems() { return problems_; }

    /// How it ended: 0..255, 128 + n when signal n ended it. Throws `unreachable` when `deadline` passes
    /// first.
    int wait(common::Deadline deadline);

private:
    bool reap();

    common::os::Descriptor input_;
    common::os::Descriptor output_;
    common::os::Descriptor problems_;
    pid_t pid_ = 0;
    std::optional<int> status_;
};

} // namespace manager::transport::local
