#include "agent/reboot_mark.hpp"
#include "common/os/windows.hpp"

#include <array>
#include <optional>

namespace agent {

namespace {

/// When a key was last changed; nothing when it is not there.
std::optional<common::SystemTime> changed(const wchar_t* name)
{
    HKEY key = nullptr;
    if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, name, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
        return std::nullopt;
    FILETIME time{};
    ::RegQueryInfoKeyW(key, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                       &time);
    ::RegCloseKey(key);
    constexpr std::int64_t from_1601_to_1970 = 11'644'473'600'000; // ms
    const std::int64_t ticks = static_cast<std::int64_t>(time.dwHighDateTime) << 32 | time.dwLowDateTime; // 100 ns
    return common::from_milliseconds(ticks / 10'000 - from_1601_to_1970);
}

} // namespace

bool reboot_is_asked_for(common::SystemTime since)
{
    // Not the list of files to be renamed at the next boot: many programs put something there all the time.
    constexpr std::array keys{
        L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending",
        L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired"};
    for (const wchar_t* key : keys)
        if (const auto time = changed(key); time && *time + std::chrono::seconds(1) >= since)
            return true;
    return false;
}

} // namespace agent
