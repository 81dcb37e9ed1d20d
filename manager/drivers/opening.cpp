#include "manager/drivers/opening.hpp"

#include "common/text.hpp"

namespace manager::drivers {

namespace {

bool is_v6(const std::string& address)
{
    return address.find(':') != std::string::npos;
}

/// One rule in front of all others in each of `chains`, as one transaction. A chain of the other family never
/// sees these packets.
std::string nft_command(const std::vector<std::string>& chains, const std::string& match, bool v6)
{
    std::vector<std::string> rules;
    for (const std::string& chain : chains)
        if (!chain.starts_with(v6 ? "ip " : "ip6 "))
            rules.push_back("insert rule " + chain + ' ' + match + " accept");
    return rules.empty() ? "" : "nft '" + common::join(rules, "; ") + '\'';
}

std::string iptables(bool v6)
{
    return v6 ? "ip6tables" : "iptables";
}

} // namespace

std::string without_scope(const std::string& address)
{
    return address.substr(0, address.find('%'));
}

std::string let_in(const transport::Firewall& firewall, const std::string& caller, std::uint16_t port)
{
    const std::string from = without_scope(caller);
    const bool v6 = is_v6(from);
    const std::string number = std::to_string(port);
    if (firewall.kind == "firewalld")
        return "firewall-cmd --add-rich-rule='rule family=\"" + std::string(v6 ? "ipv6" : "ipv4") +
               "\" source address=\"" + from + "\" port port=\"" + number + "\" protocol=\"tcp\" accept'";
    if (firewall.kind == "ufw")
        return "ufw allow proto tcp from " + from + " to any port " + number;
    if (firewall.kind == "nft")
        return nft_command(firewall.input, (v6 ? "ip6 saddr " : "ip saddr ") + from + " tcp dport " + number,
                           v6);
    if (firewall.kind == "iptables")
        return iptables(v6) + " -I INPUT -p tcp -s " + from + " --dport " + number + " -j ACCEPT";
    return {};
}

std::string let_out(const transport::Firewall& firewall, const std::string& called, std::uint16_t port)
{
    const std::string to = without_scope(called);
    const bool v6 = is_v6(to);
    const std::string number = std::to_string(port);
    if (firewall.kind == "nft")
        return nft_command(firewall.output, (v6 ? "ip6 daddr " : "ip daddr ") + to + " tcp dport " + number,
                           v6);
    if (firewall.kind == "ufw")
        return "ufw allow out proto tcp to " + to + " port " + number;
    if (firewall.kind == "iptables")
        return iptables(v6) + " -I OUTPUT -p tcp -d " + to + " --dport " + number + " -j ACCEPT";
    return {};
}

} // namespace manager::drivers
