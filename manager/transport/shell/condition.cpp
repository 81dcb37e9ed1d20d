#include "manager/transport/shell/condition.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <array>

namespace manager::transport::shell {

namespace {

/// `FAMILY TABLE CHAIN`, of nothing but harmless letters.
bool is_chain(const std::string& text)
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ";
    const std::vector<std::string> words = common::split(text, ' ');
    constexpr std::array families{"inet", "ip", "ip6"};
    return text.size() < 200 && text.find_first_not_of(letters) == std::string::npos && words.size() == 3 &&
           std::find(families.begin(), families.end(), words[0]) != families.end();
}

void add_chain(Firewall& firewall, const std::string& text)
{
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string hook = text.substr(0, blank);
    const std::string chain(common::trim(std::string_view(text).substr(blank)));
    if (!is_chain(chain))
        return;
    if (hook == "input")
        firewall.input.push_back(chain);
    else if (hook == "output")
        firewall.output.push_back(chain);
}

/// `KIB rw` or `KIB ro`
void add_state(Condition& condition, const std::string& text)
{
    const std::vector<std::string> words = common::split(text, ' ');
    constexpr std::uint64_t most_kib = UINT64_MAX / 1024;
    condition.state_free = common::to_number(words.front(), most_kib).value_or(0) * 1024;
    condition.state_read_only = words.back() == "ro";
}

} // namespace

void add_fact(Condition& condition, const Answer& answer)
{
    constexpr std::array kinds{"firewalld", "ufw", "nft", "iptables", "unknown"};
    const std::string text(common::trim(answer.rest));
    if (answer.word == "TIME")
        condition.clock.seconds =
            static_cast<std::int64_t>(common::to_number(text, std::int64_t{1} << 40).value_or(0));
    else if (answer.word == "STATE")
        add_state(condition, text);
    else if (answer.word == "HOLDER")
        condition.holders.push_back(common::one_line(text, 200));
    else if (answer.word == "CHAIN")
        add_chain(condition.firewall, text);
    else if (answer.word == "FIREWALL" && std::find(kinds.begin(), kinds.end(), text) != kinds.end())
        condition.firewall.kind = text;
}

} // namespace manager::transport::shell
