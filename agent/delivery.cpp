#include "agent/delivery.hpp"

#include <algorithm>

namespace agent {

namespace {

constexpr std::chrono::milliseconds look_again{100}; ///< whether to give up

} // namespace

void Delivery::ask(const std::string& sha256)
{
    const std::lock_guard lock(mutex_);
    asked_ = sha256;
}

void Delivery::withdraw()
{
    const std::lock_guard lock(mutex_);
    asked_.clear();
}

std::string Delivery::asked() const
{
    const std::lock_guard lock(mutex_);
    return asked_;
}

void Delivery::arrived()
{
    {
        const std::lock_guard lock(mutex_);
        ++arrivals_;
    }
    news_.notify_all();
}

void Delivery::wait(std::chrono::milliseconds time, const GiveUp& give_up)
{
    const auto end = std::chrono::steady_clock::now() + time;
    std::unique_lock lock(mutex_);
    const unsigned before = arrivals_;
    while (arrivals_ == before && !give_up() && std::chrono::steady_clock::now() < end)
        news_.wait_until(lock, std::min(end, std::chrono::steady_clock::now() + look_again));
}

std::filesystem::path brought(const std::filesystem::path& file)
{
    return file.string() + ".brought";
}

} // namespace agent
