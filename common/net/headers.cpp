#include "common/net/core.hpp"

#include <algorithm>

namespace common::net {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

/// A line end in a name or value would let whoever chose it write header fields, or a whole answer, of their
/// own.
void check_field(std::string_view name, std::string_view value)
{
    const auto breaks = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
    if (name.empty() || name.find_first_of(" \t:") != std::string_view::npos ||
        std::any_of(name.begin(), name.end(), breaks) || std::any_of(value.begin(), value.end(), breaks))
        throw Error(Trouble::defect, "a header field with a forbidden character was made");
}

} // namespace

void Headers::add(std::string name, std::string value)
{
    check_field(name, value);
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value)
{
    std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
    add(std::move(name), std::move(value));
}

std::optional<std::string> Headers::find(std::string_view name) const
{
    for (const auto& [known, value] : fields_)
        if (same_name(known, name))
            return value;
    return std::nullopt;
}

} // namespace common::net
