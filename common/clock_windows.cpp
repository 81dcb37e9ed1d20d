#include "common/clock.hpp"

#include <windows.h>

namespace common {

BootClock::time_point BootClock::now() noexcept
{
    return time_point(std::chrono::milliseconds(::GetTickCount64()));
}

} // namespace common
