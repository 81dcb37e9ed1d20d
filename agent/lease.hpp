#pragma once

#include "common/clock.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>

namespace agent {

/// How long the agent stays without hearing from its manager. Any thread.
class Lease {
public:
    explicit Lease(std::chrono::seconds length) : length_(length), until_(common::BootClock::now() + length)
    {
    }

    void renew()
    {
        const std::lock_guard lock(mutex_);
        until_ = common::BootClock::now() + length_;
    }

    void set(std::chrono::seconds length)
    {
        const std::lock_guard lock(mutex_);
        length_ = length;
        until_ = common::BootClock::now() + length_;
    }

    std::chrono::seconds length() const
    {
        const std::lock_guard lock(mutex_);
        return length_;
    }

    std::chrono::seconds left() const
    {
        const std::lock_guard lock(mutex_);
        const auto left = std::chrono::ceil<std::chrono::seconds>(until_ - common::BootClock::now());
        return std::max(left, std::chrono::seconds(0));
    }

    bool over() const { return left() == std::chrono::seconds(0); }

private:
    mutable std::mutex mutex_;
    std::chrono::seconds length_;
    common::BootClock::time_point until_;
};

} // namespace agent
