#include "common/text.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace common {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Bytes of the UTF-8 sequence at the start of `text`, which is not empty; 0 when it is not valid.
std::size_t sequence_length(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80)
            return 0;
    const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    const bool too_large = first == 0xF4 && byte(1) > 0x8F;
    const bool noncharacter = first == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE;
    return overlong || surrogate || too_large || noncharacter ? 0 : length;
}

/// U+202A to U+202E and U+2066 to U+2069, by which a text can show something else than it says.
bool turns_direction(std::string_view character)
{
    const bool embeds = character >= "\xE2\x80\xAA" && character <= "\xE2\x80\xAE";
    const bool isolates = character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9";
    return character.size() == 3 && (embeds || isolates);
}

/// Copies `text`, with `replacement` for each byte that is not part of valid UTF-8 and for each ASCII control
/// character for which `allowed` says no.
template <typename Allowed>
std::string cleaned(std::string_view text, std::string_view replacement, Allowed allowed)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const auto first = static_cast<unsigned char>(text[0]);
        const bool control = length == 1 && (first < 0x20 || first == 0x7F);
        const bool c1_control = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        if (length == 0 || c1_control || turns_direction(text.substr(0, length)) ||
            (control && !allowed(text[0])))
            out += replacement;
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

} // namespace

std::string to_hex(std::string_view bytes)
{
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::optional<std::string> from_hex(std::string_view hex)
{
    if (hex.size() % 2 != 0)
        return std::nullopt;
    std::string bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = digit_value(hex[i]);
        const int low = digit_value(hex[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

bool is_hex(std::string_view text, std::size_t size)
{
    return text.size() == size && text.find_first_not_of(digits) == std::string_view::npos;
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    std::size_t start = 0;
    for (;;) {
        const std::size_t end = text.find(separator, start);
        parts.emplace_back(text.substr(start, end - start));
        if (end == std::string_view::npos)
            return parts;
        start = end + 1;
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator)
{
    std::string out;
    for (const std::string& part : parts) {
        if (&part != &parts.front())
            out += separator;
        out += part;
    }
    return out;
}

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::optional<std::uint64_t> to_number(std::string_view text, std::uint64_t most)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > most)
        return std::nullopt;
    return number;
}

std::string one_line(std::string_view text, std::size_t most)
{
    std::string line = cleaned(text, "?", [](char) { return false; });
    if (line.size() <= most)
        return line;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
        --end; // never cut a character in two
    return line.substr(0, end) + "...";
}

std::string xml_safe(std::string_view text)
{
    return cleaned(text, "\xEF\xBF\xBD", [](char c) { return c == '\n' || c == '\t'; });
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string bytes_text(std::uint64_t bytes)
{
    constexpr std::array units{"bytes", "kB", "MB", "GB", "TB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1000 && unit + 1 < units.size()) {
        amount /= 1000;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
    return text;
}

} // namespace common
