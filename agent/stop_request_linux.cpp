#include "agent/stop_request.hpp"

#include <csignal>

namespace agent {

struct StopRequest::Inside {
    sigset_t signals;
};

StopRequest::StopRequest() : inside_(std::make_unique<Inside>())
{
    ::sigemptyset(&inside_->signals);
    ::sigaddset(&inside_->signals, SIGTERM);
    ::sigaddset(&inside_->signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &inside_->signals, nullptr);
}

StopRequest::~StopRequest() = default;

bool StopRequest::wait(std::chrono::milliseconds time) const
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const timespec limit{seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
    return ::sigtimedwait(&inside_->signals, nullptr, &limit) > 0;
}

} // namespace agent
