#pragma once

#include "agent/agent_log.hpp"
#include "common/bootstrap.hpp"
#include "common/os/descriptor.hpp"

#include <filesystem>

namespace agent {

/// Which run may work on this target: one at a time, whoever manages it. The file `lock` under `state`
/// (/var/lib/soapstone) is locked for as long as the run's agent lives, and tells whose it is; so a dead
/// owner holds nothing, and one without a manager only until its lease ends.
/// Going, it gives the target free and leaves no file.
class TargetLock {
public:
    /// Takes the target for the run in `orders`. The agent of another run is stopped when the orders say so
    /// (take_over). Throws `busy`, naming the owner, when another run's agent lives, and in any case while an
    /// installer of another run is at work.
    TargetLock(const std::filesystem::path& state, const common::Orders& orders, const AgentLog& log);

private:
    /// The locked file, which goes with the lock: also when it cannot be filled.
    struct File {
        ~File();
        std::filesystem::path path;
        common::os::Descriptor lock;
    };

    File file_;
};

} // namespace agent
