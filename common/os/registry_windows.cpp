#include "common/os/registry_windows.hpp"

namespace common::os {

std::optional<RegistryKey> RegistryKey::open(HKEY above, std::string_view path, View view)
{
    const REGSAM rights = KEY_READ | (view == View::bits64 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY);
    HKEY key = nullptr;
    if (::RegOpenKeyExW(above, to_wide(path).c_str(), 0, rights, &key) != ERROR_SUCCESS)
        return std::nullopt;
    return RegistryKey(Key(key), view);
}

std::optional<RegistryKey> RegistryKey::open(std::string_view path, View view)
{
    return open(HKEY_LOCAL_MACHINE, path, view);
}

std::optional<RegistryKey> RegistryKey::sub_key(std::string_view name) const
{
    return open(key_.get(), name, view_);
}

std::vector<std::string> RegistryKey::sub_keys() const
{
    std::vector<std::string> names;
    wchar_t name[256]; // a key's name has at most 255 letters
    for (DWORD i = 0;; ++i) {
        DWORD length = 256;
        if (::RegEnumKeyExW(key_.get(), i, name, &length, nullptr, nullptr, nullptr, nullptr) !=
            ERROR_SUCCESS)
            return names;
        names.push_back(to_utf8({name, length}));
    }
}

std::optional<std::string> RegistryKey::text(std::string_view name) const
{
    const std::wstring wide = to_wide(name);
    DWORD size = 0;
    if (::RegGetValueW(key_.get(), nullptr, wide.c_str(), RRF_RT_REG_SZ, nullptr, nullptr, &size) !=
        ERROR_SUCCESS)
        return std::nullopt;
    std::wstring value(size / sizeof(wchar_t), L'\0');
    if (::RegGetValueW(key_.get(), nullptr, wide.c_str(), RRF_RT_REG_SZ, nullptr, value.data(), &size) !=
        ERROR_SUCCESS)
        return std::nullopt;
    return to_utf8(value.c_str()); // up to its NUL
}

std::optional<std::uint32_t> RegistryKey::number(std::string_view name) const
{
    DWORD value = 0;
    DWORD size = sizeof value;
    if (::RegGetValueW(key_.get(), nullptr, to_wide(name).c_str(), RRF_RT_REG_DWORD, nullptr, &value,
                       &size) != ERROR_SUCCESS)
        return std::nullopt;
    return value;
}

bool RegistryKey::has(std::string_view name) const
{
    return ::RegQueryValueExW(key_.get(), to_wide(name).c_str(), nullptr, nullptr, nullptr, nullptr) ==
           ERROR_SUCCESS;
}

SystemTime RegistryKey::changed() const
{
    FILETIME time{};
    ::RegQueryInfoKeyW(key_.get(), nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                       nullptr, nullptr, &time);
    constexpr std::int64_t from_1601_to_1970 = 11'644'473'600'000; // ms
    const auto ticks = static_cast<std::int64_t>(static_cast<std::uint64_t>(time.dwHighDateTime) << 32 |
                                                 time.dwLowDateTime); // 100 ns
    return from_milliseconds(ticks / 10'000 - from_1601_to_1970);
}

} // namespace common::os
