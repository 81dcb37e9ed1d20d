#include "common/text.hpp"
#include "manager/target/ansible_inventory.hpp"
#include "manager/target/node_range.hpp"
#include "manager/target/target_set.hpp"

#include <algorithm>

namespace manager::target {

namespace {

constexpr std::string_view letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"; // Ansible's order
constexpr std::uint64_t most_number = 999'999'999;

/// Expands the ranges of one pattern.
class Ranges {
public:
    Ranges(const std::string& text, const Place& place) : text_(text), place_(place) {}

    std::vector<std::string> names() const
    {
        std::vector<std::string> names{""};
        std::string_view rest = text_;
        for (std::size_t open = rest.find('['); open != std::string_view::npos; open = rest.find('[')) {
            const std::size_t close = rest.find(']', open);
            if (close == std::string_view::npos)
                fail("'[' without ']'");
            const std::string before(rest.substr(0, open));
            const auto values = values_of(std::string(rest.substr(open + 1, close - open - 1)));
            names = product(names, before, values);
            rest.remove_prefix(close + 1);
        }
        if (rest.find(']') != std::string_view::npos)
            fail("']' without '['");
        return product(names, std::string(rest), {""});
    }

private:
    [[noreturn]] void fail(const std::string& why) const
    {
        refuse(place_, "host '" + common::one_line(text_, 80) + "': " + why,
               "a range of Ansible looks like web[01:50], db-[a:f] or n[0:20:2]");
    }

    std::vector<std::string> product(const std::vector<std::string>& beginnings, const std::string& middle,
                                     const std::vector<std::string>& ends) const
    {
        if (beginnings.size() > most_targets / ends.size())
            fail("more than " + std::to_string(most_targets) + " targets");
        std::vector<std::string> names;
        for (const std::string& beginning : beginnings)
            for (const std::string& end : ends)
                names.push_back(beginning + middle + end);
        return names;
    }

    std::vector<std::string> values_of(const std::string& inside) const
    {
        const std::vector<std::string> parts = common::split(inside, ':');
        if (parts.size() != 2 && parts.size() != 3)
            fail("'[" + common::one_line(inside, 40) + "]' is no range");
        const auto step = parts.size() == 3 ? common::to_number(parts[2], most_number) : 1;
        if (!step || *step == 0)
            fail("'" + common::one_line(parts[2], 20) + "' is no step");
        const bool of_letters =
            parts[0].size() == 1 && parts[1].size() == 1 && letters.find(parts[0]) != std::string_view::npos;
        return of_letters ? letters_of(parts[0][0], parts[1][0], *step)
                          : numbers_of(parts[0], parts[1], *step);
    }

    std::vector<std::string> letters_of(char from, char to, std::uint64_t step) const
    {
        const std::size_t first = letters.find(from);
        const std::size_t last = letters.find(to);
        if (last == std::string_view::npos || last < first)
            fail(std::string("the range ") + from + ":" + to + " runs backwards");
        std::vector<std::string> values;
        for (std::size_t at = first; at <= last; at += step)
            values.emplace_back(1, letters[at]);
        return values;
    }

    std::vector<std::string> numbers_of(const std::string& from, const std::string& to,
                                        std::uint64_t step) const
    {
        const auto first = from.empty() ? 0 : common::to_number(from, most_number); // [:3] begins with 0
        const auto last = common::to_number(to, most_number);
        const std::string range = common::one_line(from + ":" + to, 40);
        if (!first || !last)
            fail("'" + range + "' is no range of numbers or letters");
        if (*first > *last)
            fail("the range " + range + " runs backwards");
        const bool filled_up = from.size() > 1 && from.front() == '0';
        if (filled_up && from.size() != to.size())
            fail("the ends of the range " + range + " are not of the same length");
        if ((*last - *first) / step >= most_targets)
            fail("more than " + std::to_string(most_targets) + " targets");
        std::vector<std::string> values;
        for (std::uint64_t number = *first; number <= *last; number += step) {
            std::string digits = std::to_string(number);
            if (filled_up && digits.size() < from.size())
                digits.insert(0, from.size() - digits.size(), '0');
            values.push_back(std::move(digits));
        }
        return values;
    }

    const std::string& text_;
    const Place& place_;
};

/// Where the colon before a port is: the only one outside of brackets.
std::size_t port_colon(const std::string& text)
{
    std::size_t found = std::string::npos;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
        if (text[i] != ':' || depth != 0)
            continue;
        if (found != std::string::npos)
            return std::string::npos; // an IPv6 address
        found = i;
    }
    return found;
}

} // namespace

AnsiblePattern read_ansible_pattern(const std::string& text, const Place& place)
{
    const std::size_t colon = port_colon(text);
    const std::string hosts = text.substr(0, colon);
    AnsiblePattern pattern;
    if (colon != std::string::npos) {
        pattern.port = text.substr(colon + 1);
        port_at(place, pattern.port);
    }
    const bool bracketed = hosts.starts_with('[') && hosts.ends_with(']');
    if (bracketed && is_ipv6(hosts.substr(1, hosts.size() - 2)))
        pattern.names = {hosts.substr(1, hosts.size() - 2)};
    else
        pattern.names = Ranges(hosts, place).names();
    return pattern;
}

} // namespace manager::target
