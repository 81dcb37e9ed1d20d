#pragma once

#include <chrono>
#include <memory>

namespace agent {

/// Somebody on this machine wants this agent to stop: a signal, the service control manager, another agent
/// (see stop_process()). To be made before any other thread: it is theirs, too, that signals go past them.
class StopRequest {
public:
    StopRequest();
    ~StopRequest();
    StopRequest(const StopRequest&) = delete;
    StopRequest& operator=(const StopRequest&) = delete;

    /// Waits at most `time`. True when the request came.
    bool wait(std::chrono::milliseconds time) const;

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace agent
