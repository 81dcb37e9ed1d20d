#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace common {

using SystemTime = std::chrono::system_clock::time_point;

/// A clock that goes on while the machine sleeps and that nobody can set: CLOCK_BOOTTIME, GetTickCount64.
/// Leases run on it.
struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
    static time_point now() noexcept;
};

/// A point in time up to which something must be done; passed down instead of a time-out, so that many small
/// steps together keep one limit.
class Deadline {
public:
    static Deadline in(std::chrono::nanoseconds time)
    {
        return Deadline(std::chrono::steady_clock::now() + time);
    }

    bool passed() const { return std::chrono::steady_clock::now() >= at_; }

    /// What is left, never negative, in milliseconds rounded up (as poll() wants it).
    std::chrono::milliseconds left() const;

    std::chrono::steady_clock::time_point at() const { return at_; }

    /// The earlier of the two.
    Deadline or_before(Deadline other) const { return at_ < other.at_ ? *this : other; }

private:
    explicit Deadline(std::chrono::steady_clock::time_point at) : at_(at) {}

    std::chrono::steady_clock::time_point at_;
};

/// `2031-05-04T09:14:07.231Z`
std::string utc_text(SystemTime time);
inline std::string utc_now()
{
    return utc_text(std::chrono::system_clock::now());
}

/// Milliseconds since 1970; the form in which the store keeps times.
std::int64_t to_milliseconds(SystemTime time);
SystemTime from_milliseconds(std::int64_t milliseconds);

/// `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`
std::string duration_text(std::chrono::milliseconds time);

} // namespace common
