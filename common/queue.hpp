#pragma once

#include "common/clock.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace common {

/// Hands items from any thread to the one that takes them. Unbounded: whoever puts in items from outside
/// keeps a budget of its own.
template <typename Item>
class Queue {
public:
    void put(Item item)
    {
        {
            const std::lock_guard lock(mutex_);
            items_.push_back(std::move(item));
        }
        arrived_.notify_one();
    }

    /// The oldest item; nothing when none came before `deadline`.
    std::optional<Item> take(Deadline deadline)
    {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_until(lock, deadline.at(), [&] { return !items_.empty(); }))
            return std::nullopt;
        Item item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Item> items_;
};

} // namespace common
