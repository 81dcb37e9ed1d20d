#include "common/os/windows.hpp"
#include "tests/support/usage.hpp"

#include <psapi.h>

namespace tests {

namespace {

/// FILETIME counts 100 ns.
double milliseconds(const FILETIME& time)
{
    return (static_cast<double>(time.dwHighDateTime) * 4294967296.0 + time.dwLowDateTime) / 1e4;
}

} // namespace

double cpu_time()
{
    FILETIME unused{};
    FILETIME kernel{};
    FILETIME user{};
    ::GetProcessTimes(::GetCurrentProcess(), &unused, &unused, &kernel, &user);
    return milliseconds(kernel) + milliseconds(user);
}

double memory()
{
    PROCESS_MEMORY_COUNTERS counters{};
    ::K32GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters);
    return static_cast<double>(counters.WorkingSetSize) / (1 << 20);
}

} // namespace tests
