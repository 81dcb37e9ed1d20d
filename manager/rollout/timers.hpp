#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace manager::rollout {

using TimePoint = std::chrono::steady_clock::time_point;

/// At most one alarm for each target, the earliest first. One thread.
class Timers {
public:
    explicit Timers(std::size_t targets) : due_(targets) {}

    void set(std::size_t target, std::optional<TimePoint> due)
    {
        if (due_[target] == due)
            return;
        if (due_[target])
            order_.erase({*due_[target], target});
        if (due)
            order_.insert({*due, target});
        due_[target] = due;
    }

    std::optional<TimePoint> earliest() const
    {
        return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
    }

    /// The targets whose alarm is over by `now`; it is cleared thereby.
    std::vector<std::size_t> take_due(TimePoint now)
    {
        std::vector<std::size_t> targets;
        while (!order_.empty() && order_.begin()->first <= now) {
            targets.push_back(order_.begin()->second);
            due_[targets.back()].reset();
            order_.erase(order_.begin());
        }
        return targets;
    }

private:
    std::vector<std::optional<TimePoint>> due_;
    std::set<std::pair<TimePoint, std::size_t>> order_;
};

} // namespace manager::rollout
