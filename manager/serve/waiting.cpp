#include "manager/serve/waiting.hpp"

#include <algorithm>
#include <chrono>

namespace manager::serve {

namespace {

/// All calls of one caller look no more than 1,000 times a second: the more of them wait, the longer does
/// each.
constexpr std::chrono::milliseconds pause_of_each{1};

} // namespace

bool Waiting::begins(int seconds)
{
    using Clock = std::chrono::steady_clock;
    constexpr int longest = 60; // s
    const Clock::time_point end = request_.arrived + std::chrono::seconds(std::clamp(seconds, 0, longest));
    if (request_.at_once || Clock::now() >= end)
        return false;
    const std::shared_ptr<void> place = waiters_.take(caller_);
    const Clock::time_point earliest = Clock::now() + pause_of_each * waiters_.taken(caller_);
    not_yet_ = common::net::NotYet{[&changes = changes_, seen = seen_, place, earliest, end] {
        const Clock::time_point now = Clock::now();
        return now >= end || (now >= earliest && changes.number() != seen);
    }};
    return true;
}

} // namespace manager::serve
