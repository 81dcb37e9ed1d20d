#include "common/os/audit.hpp"

#include "common/text.hpp"

#include <algorithm>

namespace common::os {

namespace {

constexpr std::size_t most_value = 200; ///< bytes; the whole line must fit what log daemons take

bool is_plain(const std::string& value)
{
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
    });
}

std::string quoted(const std::string& value)
{
    const std::string text = one_line(value, most_value);
    if (is_plain(text))
        return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

} // namespace

Audit::Audit(std::string program, Facts always, std::filesystem::path socket)
    : program_(std::move(program)), always_(std::move(always)), socket_(std::move(socket))
{
}

void Audit::tell(std::string_view event, const Facts& facts) const
{
    send(Severity::notice, line(event, facts));
}

void Audit::warn(std::string_view event, const Facts& facts) const
{
    send(Severity::warning, line(event, facts));
}

std::string Audit::line(std::string_view event, const Facts& facts) const
{
    std::string text = "event=" + std::string(event);
    for (const Facts* list : {&always_, &facts})
        for (const auto& [key, value] : *list)
            text += ' ' + key + '=' + quoted(value);
    return text;
}

} // namespace common::os
