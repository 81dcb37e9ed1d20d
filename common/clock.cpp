#include "common/clock.hpp"

#include <cstdio>
#include <ctime>

namespace common {

BootClock::time_point BootClock::now() noexcept
{
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::chrono::milliseconds Deadline::left() const
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

std::int64_t to_milliseconds(SystemTime time)
{
    return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

SystemTime from_milliseconds(std::int64_t milliseconds)
{
    return SystemTime(std::chrono::milliseconds(milliseconds));
}

std::string utc_text(SystemTime time)
{
    const std::int64_t milliseconds = to_milliseconds(time);
    const auto seconds =
        static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char date[32];
    std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    char text[48];
    std::snprintf(text, sizeof text, "%s.%03dZ", date,
                  static_cast<int>(((milliseconds % 1000) + 1000) % 1000));
    return text;
}

std::string duration_text(std::chrono::milliseconds time)
{
    const auto count = static_cast<long long>(time.count());
    char text[48];
    if (count < 1'000)
        std::snprintf(text, sizeof text, "%lld ms", count);
    else if (count < 60'000)
        std::snprintf(text, sizeof text, "%lld.%lld s", count / 1'000, count % 1'000 / 100);
    else if (count < 3'600'000)
        std::snprintf(text, sizeof text, "%lld min %02lld s", count / 60'000, count % 60'000 / 1'000);
    else
        std::snprintf(text, sizeof text, "%lld h %02lld min", count / 3'600'000, count % 3'600'000 / 60'000);
    return text;
}

} // namespace common
