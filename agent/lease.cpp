#include "agent/lease.hpp"

#include <algorithm>

namespace agent {

Lease::Lease(std::chrono::seconds idle, Clock::time_point now)
    : idle_(std::clamp(idle, least, most)), end_(now + idle_)
{
}

void Lease::renew(Clock::time_point now)
{
    const std::lock_guard lock(mutex_);
    end_ = now + idle_;
    overdue_ = false;
}

void Lease::set(std::chrono::seconds idle, Clock::time_point now)
{
    const std::lock_guard lock(mutex_);
    idle_ = std::clamp(idle, least, most);
    end_ = now + idle_;
    overdue_ = false;
}

bool Lease::is_over(bool job_runs, Clock::time_point now)
{
    const std::lock_guard lock(mutex_);
    if (now < end_)
        return false;
    if (job_runs) {
        overdue_ = true;
        return false;
    }
    if (!overdue_)
        return true;
    overdue_ = false;
    end_ = now + idle_;
    return false;
}

std::chrono::seconds Lease::length() const
{
    const std::lock_guard lock(mutex_);
    return idle_;
}

std::chrono::seconds Lease::left(Clock::time_point now) const
{
    const std::lock_guard lock(mutex_);
    return std::max(std::chrono::ceil<std::chrono::seconds>(end_ - now), std::chrono::seconds(0));
}

} // namespace agent
