#include "manager/serve/view/html.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace manager::serve::view {

namespace {

constexpr char escape = '\x1B';

bool between(char c, char first, char last)
{
    return c >= first && c <= last;
}

/// The end of a control sequence (ECMA-48, 5.4) whose parameters begin at `at`; nothing when it is none.
std::optional<std::size_t> control_end(std::string_view text, std::size_t at)
{
    while (at < text.size() && between(text[at], 0x20, 0x3F))
        ++at;
    return at < text.size() && between(text[at], 0x40, 0x7E) ? std::optional(at + 1) : std::nullopt;
}

/// The end of a command string, as for a window's title, that begins at `at`: BEL or ESC backslash ends it.
std::optional<std::size_t> string_end(std::string_view text, std::size_t at)
{
    for (; at < text.size(); ++at) {
        if (text[at] == '\a')
            return at + 1;
        if (text[at] == escape)
            return at + 1 < text.size() && text[at + 1] == '\\' ? std::optional(at + 2) : std::nullopt;
    }
    return std::nullopt;
}

/// The end of the sequence whose escape character is at `at`; nothing when there is none.
std::optional<std::size_t> sequence_end(std::string_view text, std::size_t at)
{
    if (at + 1 >= text.size())
        return std::nullopt;
    const char kind = text[at + 1];
    if (kind == '[')
        return control_end(text, at + 2);
    if (kind == ']' || kind == 'P' || kind == '_' || kind == '^' || kind == 'X')
        return string_end(text, at + 2);
    if (between(kind, 0x20, 0x2F)) // a character set: one more
        return at + 2 < text.size() ? std::optional(at + 3) : std::nullopt;
    return between(kind, 0x30, 0x7E) ? std::optional(at + 2) : std::nullopt;
}

/// Length of the well-formed character at the start of `text`; 0 when there is none.
std::size_t character_length(std::string_view text)
{
    for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size)
        if (common::is_utf8(text.substr(0, size)))
            return size;
    return 0;
}

std::uint32_t code_point(std::string_view character)
{
    const auto first = static_cast<unsigned char>(character.front());
    if (character.size() == 1)
        return first;
    std::uint32_t code = first & (0xFFU >> (character.size() + 1));
    for (const char c : character.substr(1))
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
    return code;
}

/// True for what shows nothing itself but changes how the rest shows: directions, separators, fillers.
bool is_hidden(std::uint32_t code)
{
    struct Span {
        std::uint32_t first, last;
    };
    constexpr std::array spans{Span{0x80, 0x9F},      Span{0xAD, 0xAD},     Span{0x61C, 0x61C},
                               Span{0x180E, 0x180E},  Span{0x200B, 0x200F}, Span{0x2028, 0x202E},
                               Span{0x2060, 0x206F},  Span{0xFEFF, 0xFEFF}, Span{0xFFF9, 0xFFFB},
                               Span{0xE0000, 0xE0FFF}};
    return std::any_of(spans.begin(), spans.end(),
                       [code](const Span& span) { return code >= span.first && code <= span.last; });
}

/// By name, because few fonts have the pictures that Unicode has for them.
std::string control_name(unsigned char byte)
{
    static constexpr std::array names{"NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL",
                                      "BS",  "HT",  "LF",  "VT",  "FF",  "CR",  "SO",  "SI",
                                      "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB",
                                      "CAN", "EM",  "SUB", "ESC", "FS",  "GS",  "RS",  "US"};
    return std::string("\u27E8") + (byte < names.size() ? names.at(byte) : "DEL") + "\u27E9";
}

std::string shown_ascii(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
        return "\t";
    default:
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F ? control_name(byte) : std::string(1, c);
    }
}

std::string shown(std::string_view character)
{
    if (character.size() == 1)
        return shown_ascii(character.front());
    const std::uint32_t code = code_point(character);
    if (!is_hidden(code))
        return std::string(character);
    char text[32];
    std::snprintf(text, sizeof text, "\u27E8U+%04X\u27E9", static_cast<unsigned>(code));
    return text;
}

std::string bar(const Page& page)
{
    if (!page.signed_in)
        return "<header><span class=\"brand\">Soapstone</span></header>\n";
    return "<header><a class=\"brand\" href=\"/\">Soapstone</a><nav><a href=\"/\">Runs</a></nav>"
           "<form method=\"post\" action=\"/logout\"><button>Sign out</button></form></header>\n";
}

} // namespace

std::string without_escapes(std::string_view text)
{
    std::string rest;
    for (std::size_t at = 0; at < text.size();) {
        const std::optional<std::size_t> end = text[at] == escape ? sequence_end(text, at) : std::nullopt;
        if (!end)
            rest += text[at];
        at = end.value_or(at + 1);
    }
    return rest;
}

std::string html(std::string_view text)
{
    const std::string plain = without_escapes(text);
    std::string result;
    result.reserve(plain.size() + plain.size() / 8);
    for (std::string_view left = plain; !left.empty();) {
        const std::size_t size = character_length(left);
        result += size == 0 ? "\uFFFD" : shown(left.substr(0, size));
        left.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

std::string link(std::string_view href, std::string_view text)
{
    return "<a href=\"" + html(href) + "\">" + html(text) + "</a>";
}

std::string whole_page(const Page& page)
{
    std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n";
    if (page.refreshes)
        text += "<meta http-equiv=\"refresh\" content=\"5\">\n";
    text += "<title>" + html(page.title) +
            " - Soapstone</title>\n"
            "<link rel=\"stylesheet\" href=\"/style.css\">\n<link rel=\"icon\" href=\"/icon.svg\">\n"
            "</head>\n<body>\n" +
            bar(page) + "<main>\n";
    if (!page.trail.empty())
        text += "<p class=\"trail\">" + page.trail + "</p>\n";
    return text + "<h1>" + html(page.title) + "</h1>\n" + page.body + "</main>\n</body>\n</html>\n";
}

} // namespace manager::serve::view
