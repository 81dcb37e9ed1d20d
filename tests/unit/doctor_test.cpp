#include "manager/drivers/doctor.hpp"
#include "manager/drivers/opening.hpp"
#include "manager/transport/shell/condition.hpp"

#include <boost/test/unit_test.hpp>

using manager::transport::ClockReading;
using manager::transport::Condition;
using manager::transport::Firewall;
using namespace std::chrono_literals;
namespace drivers = manager::drivers;

namespace {

/// A question at `before` that was answered at `after` (ms since 1970) with `seconds`.
std::chrono::milliseconds difference(std::int64_t before, std::int64_t after, std::int64_t seconds)
{
    return drivers::clock_difference(
        {common::from_milliseconds(before), common::from_milliseconds(after), seconds});
}

Condition told(const std::vector<std::pair<std::string, std::string>>& facts)
{
    Condition condition;
    for (const auto& [word, rest] : facts)
        manager::transport::shell::add_fact(condition, {word, rest});
    return condition;
}

} // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_AUTO_TEST_CASE(a_slow_answer_is_no_wrong_clock)
{
    BOOST_TEST((difference(1'000'000, 1'000'000, 1'000) == 0ms));
    BOOST_TEST((difference(1'000'900, 1'000'950, 1'000) == 0ms)); // the target rounds down
    BOOST_TEST((difference(1'000'000, 1'090'000, 1'045) == 0ms)); // took 90 s
}

BOOST_AUTO_TEST_CASE(a_wrong_clock_is_told_as_far_as_it_is_certain)
{
    BOOST_TEST((difference(1'000'000, 1'000'400, 1'000 + 7'200) == 7'199'600ms));
    BOOST_TEST((difference(10'000'000, 10'000'400, 10'000 - 7'200) == -7'199'000ms));
}

BOOST_AUTO_TEST_CASE(each_firewall_has_its_command_for_the_other_side_alone)
{
    const auto in = [](const std::string& kind) {
        return drivers::let_in({kind, {}, {}}, "10.0.0.9", 62286);
    };
    BOOST_TEST(in("firewalld") == "firewall-cmd --add-rich-rule='rule family=\"ipv4\" source "
                                  "address=\"10.0.0.9\" port port=\"62286\" protocol=\"tcp\" accept'");
    BOOST_TEST(in("ufw") == "ufw allow proto tcp from 10.0.0.9 to any port 62286");
    BOOST_TEST(in("iptables") == "iptables -I INPUT -p tcp -s 10.0.0.9 --dport 62286 -j ACCEPT");
    BOOST_TEST(in("unknown") == "");
    BOOST_TEST(in("") == "");
    BOOST_TEST(drivers::let_in({"iptables", {}, {}}, "fd00::9", 1) ==
               "ip6tables -I INPUT -p tcp -s fd00::9 --dport 1 -j ACCEPT");
    BOOST_TEST(drivers::let_in({"iptables", {}, {}}, "fe80::9%eth0", 1) ==
               "ip6tables -I INPUT -p tcp -s fe80::9 --dport 1 -j ACCEPT");
}

BOOST_AUTO_TEST_CASE(with_nft_every_chain_that_may_stop_it_is_opened_at_once)
{
    const Firewall firewall{"nft", {"inet filter input", "ip6 six in", "ip four in"}, {"inet filter output"}};
    BOOST_TEST(drivers::let_in(firewall, "10.0.0.9", 62286) ==
               "nft 'insert rule inet filter input ip saddr 10.0.0.9 tcp dport 62286 accept; "
               "insert rule ip four in ip saddr 10.0.0.9 tcp dport 62286 accept'");
    BOOST_TEST(drivers::let_out(firewall, "fd00::9", 61001) ==
               "nft 'insert rule inet filter output ip6 daddr fd00::9 tcp dport 61001 accept'");
}

BOOST_AUTO_TEST_CASE(a_target_can_put_nothing_of_its_own_into_a_command)
{
    const Condition condition = told({{"FIREWALL", "nft"},
                                      {"CHAIN", "input inet filter input"},
                                      {"CHAIN", "input inet filter in';reboot;'"},
                                      {"CHAIN", "input arp filter input"},
                                      {"CHAIN", "input inet filter"},
                                      {"CHAIN", "forward inet filter forward"}});
    BOOST_TEST(condition.firewall.kind == "nft");
    BOOST_TEST(condition.firewall.input == std::vector<std::string>{"inet filter input"},
               boost::test_tools::per_element());
    BOOST_TEST(told({{"FIREWALL", "reboot"}}).firewall.kind == "");
}

BOOST_AUTO_TEST_CASE(what_a_target_says_of_itself_may_be_nonsense)
{
    BOOST_TEST(told({{"STATE", "1024 rw"}}).state_free == 1024u * 1024u);
    BOOST_TEST(told({{"STATE", "1024 ro"}}).state_read_only);
    BOOST_TEST(told({{"STATE", ""}}).state_free == 0u);
    BOOST_TEST(told({{"TIME", "soon"}}).clock.seconds == 0);
    BOOST_TEST(told({{"HOLDER", "a\033[2J"}}).holders.at(0) == "a?[2J");
}

BOOST_AUTO_TEST_SUITE_END()
