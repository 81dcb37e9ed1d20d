#include "agent/inventory/smbios_windows.hpp"

#include <array>
#include <cstdio>

namespace agent::inventory {

namespace {

constexpr std::size_t header = 4;     // type, length, handle
constexpr std::size_t serial_at = 7;  // number of a string
constexpr std::size_t uuid_at = 8;    // 16 bytes
constexpr std::size_t with_uuid = 24; // length from which there is one (SMBIOS 2.1)
constexpr unsigned char system_type = 1;

unsigned char byte(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]);
}

/// The strings behind a structure are counted from 1, each ends with NUL.
std::optional<std::string> string_number(std::string_view strings, unsigned number)
{
    for (; number > 1; --number) {
        const std::size_t end = strings.find('\0');
        if (end == std::string_view::npos || end == 0)
            return std::nullopt;
        strings.remove_prefix(end + 1);
    }
    const std::string_view text = strings.substr(0, strings.find('\0'));
    return number == 0 || text.empty() ? std::nullopt : std::optional(std::string(text));
}

std::string uuid_text(std::string_view bytes)
{
    constexpr std::array order{3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15};
    std::string text;
    for (const int at : order) {
        char digits[3] = "-";
        if (at >= 0)
            std::snprintf(digits, sizeof digits, "%02X", byte(bytes, static_cast<std::size_t>(at)));
        text += digits;
    }
    return text;
}

} // namespace

SystemInformation system_information(std::string_view tables)
{
    while (tables.size() >= header) {
        const std::size_t length = byte(tables, 1);
        const std::size_t end = tables.find(std::string_view("\0\0", 2), length);
        if (length < header || end == std::string_view::npos)
            return {};
        if (byte(tables, 0) == system_type && length >= with_uuid)
            return {string_number(tables.substr(length), byte(tables, serial_at)),
                    uuid_text(tables.substr(uuid_at, 16))};
        tables.remove_prefix(end + 2);
    }
    return {};
}

} // namespace agent::inventory
