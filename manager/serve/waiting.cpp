#include "manager/serve/waiting.hpp"

#include <algorithm>
#include <chrono>

namespace manager::serve {

bool Waiting::begins(int seconds)
{
    using Clock = std::chrono::steady_clock;
    constexpr int longest = 60; // s
    const Clock::time_point end = request_.arrived + std::chrono::seconds(std::clamp(seconds, 0, longest));
    if (request_.at_once || Clock::now() >= end)
        return false;
    not_yet_ = common::net::NotYet{
        [&changes = changes_, seen = seen_, end] { return changes.number() != seen || Clock::now() >= end; }};
    return true;
}

} // namespace manager::serve
