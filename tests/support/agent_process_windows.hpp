#pragma once

#include "common/os/file.hpp"
#include "common/os/pipe.hpp"
#include "common/os/spawn_windows.hpp"

#include <string>
#include <vector>

namespace tests {

/// The agent's program, started as a process of its own. Going, it ends it.
class AgentProcess {
public:
    /// `input` is all that it finds on standard input.
    AgentProcess(const std::vector<std::string>& words, const std::string& input);
    ~AgentProcess();
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    /// The next line that it prints; what there is when it ends before.
    std::string line();

    /// Waits for its end, at most a minute. Returns its exit code, -1 when it did not end.
    int wait();

private:
    common::os::Pipe output_ = common::os::make_pipe();
    common::os::Handle process_;
};

} // namespace tests
