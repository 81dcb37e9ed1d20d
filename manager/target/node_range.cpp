#include "manager/target/node_range.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace manager::target {

namespace {

constexpr std::uint64_t most_number = 999'999'999;

[[noreturn]] void refuse(std::string_view pattern, const std::string& why)
{
    throw common::Error(common::Trouble::invalid, "target '" + common::one_line(pattern, 80) + "': " + why,
                        "a range looks like node[1-40,60], or node[01-40] with leading zeros");
}

std::string padded(std::uint64_t number, std::size_t width)
{
    std::string digits = std::to_string(number);
    return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

/// Width to which numbers written like `digits` are filled up; 0: not at all.
std::size_t width_of(std::string_view digits)
{
    return digits.size() > 1 && digits.front() == '0' ? digits.size() : 0;
}

/// The numbers of one part, "08-10".
void expand_part(std::string_view pattern, std::string_view part, std::vector<std::string>& numbers)
{
    const std::size_t dash = part.find('-');
    const std::string_view first_text = part.substr(0, dash);
    const std::string_view last_text = dash == std::string_view::npos ? first_text : part.substr(dash + 1);
    const auto first = common::to_number(first_text, most_number);
    const auto last = common::to_number(last_text, most_number);
    if (!first || !last)
        refuse(pattern, "'" + common::one_line(part, 40) + "' is no number or range of numbers");
    if (*first > *last)
        refuse(pattern, "the range " + std::string(part) + " runs backwards");
    if (*last - *first >= most_targets - std::min(numbers.size(), most_targets))
        refuse(pattern, "more than " + std::to_string(most_targets) + " targets");
    for (std::uint64_t number = *first; number <= *last; ++number)
        numbers.push_back(padded(number, width_of(first_text)));
}

std::vector<std::string> expand_brackets(std::string_view pattern, std::string_view inside)
{
    std::vector<std::string> numbers;
    for (const std::string& part : common::split(inside, ','))
        expand_part(pattern, common::trim(part), numbers);
    return numbers;
}

/// Every beginning with every number.
std::vector<std::string> product(std::string_view pattern, const std::vector<std::string>& beginnings,
                                 const std::vector<std::string>& numbers)
{
    if (beginnings.size() > most_targets / std::max<std::size_t>(numbers.size(), 1))
        refuse(pattern, "more than " + std::to_string(most_targets) + " targets");
    std::vector<std::string> names;
    names.reserve(beginnings.size() * numbers.size());
    for (const std::string& beginning : beginnings)
        for (const std::string& number : numbers)
            names.push_back(beginning + number);
    return names;
}

/// A name cut around the number that counts.
struct Cut {
    std::string before;
    std::string digits;
    std::string after;
};

bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/// The last digits of the host's first label, or of all of a numeric address; nothing when there are none.
std::optional<Cut> cut(const std::string& name)
{
    const std::size_t colon = name.find(':');
    if (name.find_first_of("[],") != std::string::npos || colon != name.rfind(':'))
        return std::nullopt;
    const std::string host = name.substr(0, colon);
    const bool numeric = host.find_first_not_of("0123456789.") == std::string::npos;
    const std::string label = numeric ? host : host.substr(0, host.find('.'));
    std::size_t end = label.size();
    while (end > 0 && !is_digit(label[end - 1]))
        --end;
    std::size_t begin = end;
    while (begin > 0 && is_digit(label[begin - 1]))
        --begin;
    if (begin == end || end - begin > 9)
        return std::nullopt;
    return Cut{name.substr(0, begin), name.substr(begin, end - begin), name.substr(end)};
}

using Numbers = std::map<std::size_t, std::set<std::uint64_t>>; // by width

/// A number without leading zeros, like 10, belongs to 08 and 09 when they are as long.
Numbers by_width(const std::vector<std::string>& digits)
{
    std::set<std::size_t> widths;
    for (const std::string& text : digits)
        widths.insert(width_of(text));
    Numbers numbers;
    for (const std::string& text : digits) {
        const std::size_t width = widths.count(text.size()) > 0 ? text.size() : width_of(text);
        numbers[width].insert(common::to_number(text, most_number).value_or(0));
    }
    return numbers;
}

std::string ranges(const std::set<std::uint64_t>& numbers, std::size_t width)
{
    std::vector<std::string> parts;
    for (auto at = numbers.begin(); at != numbers.end();) {
        const std::uint64_t first = *at;
        std::uint64_t last = first;
        while (++at != numbers.end() && *at == last + 1)
            last = *at;
        parts.push_back(first == last ? padded(first, width)
                                      : padded(first, width) + "-" + padded(last, width));
    }
    return common::join(parts, ",");
}

struct Group {
    std::string before;
    std::string after;
    std::vector<std::string> digits; // none: `before` is the name
};

std::vector<Group> grouped(const std::vector<std::string>& names)
{
    std::vector<Group> groups;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const std::string& name : names) {
        const std::optional<Cut> parts = cut(name);
        if (!parts) {
            groups.push_back({name, {}, {}});
            continue;
        }
        const auto [place, fresh] = places.try_emplace({parts->before, parts->after}, groups.size());
        if (fresh)
            groups.push_back({parts->before, parts->after, {}});
        groups[place->second].digits.push_back(parts->digits);
    }
    return groups;
}

} // namespace

std::vector<std::string> split_list(std::string_view list)
{
    std::vector<std::string> parts(1);
    int depth = 0;
    for (const char character : list) {
        depth += character == '[' ? 1 : character == ']' ? -1 : 0;
        if (character == ',' && depth == 0)
            parts.emplace_back();
        else
            parts.back() += character;
    }
    for (std::string& part : parts)
        part = common::trim(part);
    std::erase(parts, std::string());
    return parts;
}

std::vector<std::string> expand(std::string_view pattern)
{
    std::vector<std::string> names{""};
    std::string_view rest = pattern;
    for (std::size_t open = rest.find('['); open != std::string_view::npos; open = rest.find('[')) {
        const std::size_t close = rest.find(']', open);
        if (close == std::string_view::npos)
            refuse(pattern, "'[' without ']'");
        const std::string_view inside = rest.substr(open + 1, close - open - 1);
        names = product(pattern, names, {std::string(rest.substr(0, open))});
        const bool address = inside.find(':') != std::string_view::npos;
        names = product(pattern, names,
                        address ? std::vector{"[" + std::string(inside) + "]"}
                                : expand_brackets(pattern, inside));
        rest.remove_prefix(close + 1);
    }
    if (rest.find(']') != std::string_view::npos)
        refuse(pattern, "']' without '['");
    return product(pattern, names, {std::string(rest)});
}

std::string fold(const std::vector<std::string>& names)
{
    std::vector<std::string> parts;
    for (const Group& group : grouped(names)) {
        if (group.digits.empty())
            parts.push_back(group.before);
        for (const auto& [width, numbers] : by_width(group.digits)) {
            const std::string text = ranges(numbers, width);
            parts.push_back(group.before + (numbers.size() == 1 ? text : "[" + text + "]") + group.after);
        }
    }
    return common::join(parts, ",");
}

} // namespace manager::target
