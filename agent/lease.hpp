#pragma once

#include "common/clock.hpp"

#include <chrono>
#include <mutex>

namespace agent {

/// How long the agent may stay without a word from its manager. The clock goes on while the machine sleeps,
/// and nobody can set it. Any thread.
class Lease {
public:
    using Clock = common::BootClock;
    static constexpr std::chrono::seconds least{1};
    static constexpr std::chrono::seconds most{86'400};

    explicit Lease(std::chrono::seconds idle, Clock::time_point now = Clock::now());

    /// The manager was heard of: the lease runs anew.
    void renew(Clock::time_point now = Clock::now());

    /// The same with another length, from one second to a day.
    void set(std::chrono::seconds idle, Clock::time_point now = Clock::now());

    /// True when the agent is to remove itself. A running job is never left: it may end, then the lease runs
    /// once more, for whoever comes to ask for its result. To be asked now and then.
    bool is_over(bool job_runs, Clock::time_point now = Clock::now());

    std::chrono::seconds length() const;
    std::chrono::seconds left(Clock::time_point now = Clock::now()) const; ///< not negative

private:
    mutable std::mutex mutex_;
    std::chrono::seconds idle_;
    Clock::time_point end_;
    bool overdue_ = false; ///< ran out while a job was running
};

} // namespace agent
