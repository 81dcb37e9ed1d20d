#include "agent/refusals.hpp"

#include <utility>

namespace agent {

namespace {

constexpr std::chrono::seconds between_lines{10};

} // namespace

void Refusals::see(const std::string& address, const std::string& why)
{
    const std::lock_guard lock(mutex_);
    if (quiet_ && !quiet_->passed()) {
        ++others_;
        return;
    }
    quiet_ = common::Deadline::in(between_lines);
    audit_.warn("refused",
                {{"from", address}, {"why", why}, {"others", std::to_string(std::exchange(others_, 0))}});
}

} // namespace agent
