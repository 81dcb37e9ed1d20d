#include "common/clock.hpp"

#include <cstdio>

namespace common {

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
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
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
