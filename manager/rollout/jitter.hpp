#pragma once

#include <chrono>
#include <random>

namespace manager::rollout {

/// Spreads points in time, so that many targets do not act in step. One thread.
class Jitter {
public:
    explicit Jitter(unsigned seed = std::random_device{}()) : random_(seed) {}

    /// `time` +-20 %.
    std::chrono::milliseconds around(std::chrono::milliseconds time)
    {
        return between(time * 8 / 10, time * 12 / 10);
    }

    /// The wait before another try after `failures` (from 1) in a row: 0 .. min(`most`, `base` * 2^failures).
    std::chrono::milliseconds back_off(unsigned failures, std::chrono::milliseconds base,
                                       std::chrono::milliseconds most)
    {
        std::chrono::milliseconds limit = base;
        for (unsigned i = 0; i < failures && limit < most; ++i)
            limit *= 2;
        return between(std::chrono::milliseconds(0), std::min(limit, most));
    }

private:
    std::chrono::milliseconds between(std::chrono::milliseconds least, std::chrono::milliseconds most)
    {
        return std::chrono::milliseconds(std::uniform_int_distribution<std::chrono::milliseconds::rep>(
            least.count(), most.count())(random_));
    }

    std::mt19937 random_;
};

} // namespace manager::rollout
