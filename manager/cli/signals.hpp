#pragma once

#include "common/os/descriptor.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <signal.h>
#include <thread>

namespace manager::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP (unless it is ignored, as by nohup) do not end the process but
/// call `handle`, on a thread of its own. Make it before other threads are started, so that they inherit that
/// they are not to be bothered.
class Signals {
public:
    explicit Signals(std::function<void(int signal)> handle);
    ~Signals();

    /// The first that came; nothing when none did.
    std::optional<int> first() const;

private:
    void wait();

    std::function<void(int)> handle_;
    sigset_t before_;
    std::atomic<int> first_{0};
    common::os::Descriptor signals_;
    common::os::Descriptor end_;
    std::thread thread_;
};

} // namespace manager::cli
