#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/target/nearest.hpp"
#include "manager/target/node_range.hpp"
#include "manager/target/ssh_config.hpp"
#include "manager/target/target_set.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

using namespace manager::target;
using tests::Scratch;

namespace {

std::string names(const std::vector<Target>& targets)
{
    std::string text;
    for (const Target& target : targets)
        text += (text.empty() ? "" : " ") + target.name;
    return text;
}

std::vector<Target> targets(const std::vector<std::string>& specs, const std::string& input = {},
                            const std::vector<std::string>& excluded = {}, const Wishes& wishes = {})
{
    std::istringstream stream(input);
    TargetSet set(wishes, nullptr, stream);
    for (const std::string& spec : specs)
        set.add(spec);
    set.exclude(excluded);
    return set.targets();
}

std::string complaint(const std::vector<std::string>& specs, const std::string& input = {},
                      const std::vector<std::string>& excluded = {})
{
    try {
        targets(specs, input, excluded);
    } catch (const common::Error& error) {
        BOOST_TEST((error.trouble() == common::Trouble::invalid));
        return error.text() + (excluded.empty() ? "" : " | " + error.hint());
    }
    return "accepted";
}

std::vector<std::string> all_of(const std::string& folded)
{
    std::vector<std::string> all;
    for (const std::string& part : split_list(folded))
        for (const std::string& name : expand(part))
            all.push_back(name);
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(target_set)

BOOST_AUTO_TEST_CASE(a_spec_names_user_host_and_port)
{
    const Target target = targets({"admin@db1.example.com:2222"}).front();
    BOOST_TEST(target.name == "db1.example.com:2222");
    BOOST_TEST(target.host == "db1.example.com");
    BOOST_TEST(target.user == "admin");
    BOOST_TEST(target.port == 2222);
    BOOST_TEST((target.connection == Connection::ssh));
}

BOOST_AUTO_TEST_CASE(a_plain_name_is_root_on_port_22)
{
    const Target target = targets({"db1"}).front();
    BOOST_TEST(target.name == "db1");
    BOOST_TEST(target.user == "root");
    BOOST_TEST(target.port == 22);
    BOOST_TEST((target.become == Become::none));
}

BOOST_AUTO_TEST_CASE(ipv6_addresses_stand_bare_or_in_brackets)
{
    const auto list = targets({"fd00::1", "admin@[fd00::2]:2222", "[fd00::3]", "fe80::1%eth0"});
    BOOST_TEST(names(list) == "fd00::1 [fd00::2]:2222 fd00::3 fe80::1%eth0");
    BOOST_TEST(list[1].host == "fd00::2");
    BOOST_TEST(list[1].port == 2222);
    BOOST_TEST(list[1].user == "admin");
}

BOOST_AUTO_TEST_CASE(localhost_alone_is_this_machine_and_with_a_port_it_is_a_tunnel)
{
    const auto list = targets({"localhost", "localhost:2222"});
    BOOST_TEST((list[0].connection == Connection::local));
    BOOST_TEST((list[1].connection == Connection::ssh));
}

BOOST_AUTO_TEST_CASE(bmcs_stand_among_hosts_by_their_scheme)
{
    const auto found = targets({"web-1", "bmc://ilo-[1-2]", "bmc://root@10.0.0.7:8443", "bmc://[::1]:444"});
    BOOST_TEST(names(found) == "web-1 ilo-1 ilo-2 10.0.0.7:8443 [::1]:444");
    BOOST_TEST((found[0].connection == Connection::ssh));
    BOOST_TEST((found[1].connection == Connection::bmc));
    BOOST_TEST(found[1].port == 443);
    BOOST_TEST(found[1].user == "admin");
    BOOST_TEST(found[3].port == 8443);
    BOOST_TEST(found[3].user == "root");
    Wishes wishes;
    wishes.bmc = true;
    wishes.bmc_pull = BmcPull::never;
    const auto wished = targets({"ilo-1", "localhost"}, {}, {}, wishes);
    BOOST_TEST((wished[0].connection == Connection::bmc));
    BOOST_TEST((wished[0].bmc.pull == BmcPull::never));
    BOOST_TEST((wished[1].connection == Connection::bmc));
}

BOOST_AUTO_TEST_CASE(ranges_and_lists_name_many)
{
    BOOST_TEST(names(targets({"node[1-3,7],db", "rack[01-02]n[1-2]:2222"})) ==
               "node1 node2 node3 node7 db rack01n1:2222 rack01n2:2222 rack02n1:2222 rack02n2:2222");
    BOOST_TEST(common::join(expand("n[08-11]"), " ") == "n08 n09 n10 n11");
    BOOST_TEST(common::join(expand("n[8-11]"), " ") == "n8 n9 n10 n11");
    BOOST_TEST(common::join(expand("[1-2]x"), " ") == "1x 2x");
    BOOST_TEST(common::join(expand("n[007]"), " ") == "n007");
}

BOOST_AUTO_TEST_CASE(a_target_named_twice_counts_once)
{
    BOOST_TEST(names(targets({"node[1-3]", "node2", "other@node3"})) == "node1 node2 node3");
    BOOST_TEST(names(targets({"node1", "node1:22", "node1:23"})) == "node1 node1:23");
}

BOOST_AUTO_TEST_CASE(a_bad_spec_is_refused_with_its_reason)
{
    BOOST_TEST(complaint({"node[1-"}) == "target 'node[1-': '[' without ']'");
    BOOST_TEST(complaint({"node1]"}) == "target 'node1]': ']' without '['");
    BOOST_TEST(complaint({"node[5-1]"}) == "target 'node[5-1]': the range 5-1 runs backwards");
    BOOST_TEST(complaint({"node[x]"}) == "target 'node[x]': 'x' is no number or range of numbers");
    BOOST_TEST(complaint({"node[1-]"}) == "target 'node[1-]': '1-' is no number or range of numbers");
    BOOST_TEST(complaint({"node[]"}) == "target 'node[]': '' is no number or range of numbers");
    BOOST_TEST(complaint({"db:0"}) == "target 'db:0': '0' is no port");
    BOOST_TEST(complaint({"db:ssh"}) == "target 'db:ssh': 'ssh' is no port");
    BOOST_TEST(complaint({"db:"}) == "target 'db:': there is no port after ':'");
    BOOST_TEST(complaint({"a/b"}) == "target 'a/b': host 'a/b' is no valid name");
    BOOST_TEST(complaint({".."}) == "target '..': host '..' is no valid name");
    BOOST_TEST(complaint({"a b"}) == "target 'a b': host 'a b' is no valid name");
    BOOST_TEST(complaint({"root@"}) == "target 'root@': host '' is no valid name");
    BOOST_TEST(complaint({"-x@host"}) == "target '-x@host': user '-x' is no valid name");
    BOOST_TEST(complaint({"-oProxyCommand=x"}) ==
               "target '-oProxyCommand=x': host '-oProxyCommand=x' is no valid name");
    BOOST_TEST(complaint({"1:2:3"}) == "target '1:2:3': host '1:2:3' is no valid name");
    BOOST_TEST(complaint({"[fd00::1]22"}) ==
               "target '[fd00::1]22': after the address in brackets only ':port' may follow");
    BOOST_TEST(complaint({"@/no/such"}) == "reading the targets in '/no/such': No such file or directory");
}

BOOST_AUTO_TEST_CASE(more_than_a_hundred_thousand_targets_are_a_slip)
{
    BOOST_TEST(targets({"n[1-100000]"}).size() == 100'000U);
    BOOST_TEST(complaint({"n[1-100001]"}) == "target 'n[1-100001]': more than 100000 targets");
    BOOST_TEST(complaint({"n[1-999999999]"}) == "target 'n[1-999999999]': more than 100000 targets");
    BOOST_TEST(complaint({"n[1-999]m[1-999]"}) == "target 'n[1-999]m[1-999]': more than 100000 targets");
    BOOST_TEST(complaint({"a[1-60000]", "b[1-60000]"}) == "more than 100000 targets");
}

BOOST_AUTO_TEST_CASE(a_file_has_one_spec_a_line_and_comments)
{
    const Scratch scratch;
    const auto file =
        scratch.file("hosts", "\xEF\xBB\xBFnode[1-2] # first rack\r\n\r\n# off: node3\nadmin@db:2222, db2\n");
    const auto list = targets({"@" + file.string()});
    BOOST_TEST(names(list) == "node1 node2 db:2222 db2");
    BOOST_TEST(list[2].user == "admin");
}

BOOST_AUTO_TEST_CASE(a_mistake_in_a_file_is_told_with_its_line)
{
    const Scratch scratch;
    const auto file = scratch.file("hosts", "node1\nnode[2\n");
    BOOST_TEST(complaint({"@" + file.string()}) == file.string() + ":2: target 'node[2': '[' without ']'");
    const auto circle = scratch.path() / "circle";
    scratch.file("circle", "@" + circle.string() + "\n");
    BOOST_TEST(complaint({"@" + circle.string()}).ends_with("files of targets name each other in a circle"));
}

BOOST_AUTO_TEST_CASE(a_dash_reads_standard_input)
{
    BOOST_TEST(names(targets({"-", "last"}, "node1 # comment\n\n# nothing\nnode2\nnode1\n")) ==
               "node1 node2 last");
    BOOST_TEST(complaint({"-"}, "ok\na b\n") ==
               "standard input:2: target 'a b': host 'a b' is no valid name");
}

BOOST_AUTO_TEST_CASE(excluded_targets_are_left_out_by_name_or_host)
{
    BOOST_TEST(names(targets({"node[1-5]", "admin@db:2222"}, "", {"node[2-3],db"})) == "node1 node4 node5");
    BOOST_TEST(names(targets({"b[1-2]:2022"}, "", {"b[1]:2022"})) == "b2:2022");
    BOOST_TEST(names(targets({"node[1-5]"}, "", {"node[1-5]"})) == "");
}

BOOST_AUTO_TEST_CASE(an_exclusion_of_no_target_is_a_slip_and_is_refused)
{
    BOOST_TEST(complaint({"web[1-3]"}, "", {"wbe1"}) ==
               "'wbe1' is none of the targets | did you mean 'web1'?");
    BOOST_TEST(complaint({"web[1-3]"}, "", {"web1,other-name[7-9]"}) ==
               "'other-name[7-9]' is none of the targets | the targets are: web[1-3]");
    BOOST_TEST(names(targets({"web[1-3]"}, "", {"web[3-9]", "web3"})) ==
               "web1 web2");                                                         // one of them is enough
    BOOST_TEST(names(targets({"web[1-3]"}, "down7\nweb2\n", {"-"})) == "web1 web3"); // a list for many runs
    BOOST_TEST(names(targets({"web[1-3]"}, "down7\n", {"-"})) == "web1 web2 web3");
}

BOOST_AUTO_TEST_CASE(capital_letters_make_no_difference_in_names)
{
    BOOST_TEST(names(targets({"Web[1-3]", "web2", "db.EXAMPLE"}, "", {"wEB1", "DB.example"})) == "Web2 Web3");
    BOOST_TEST(names(targets({"[FD00::1]:2222"}, "", {})) == "[FD00::1]:2222");
    BOOST_TEST(names(targets({"[FD00::1]:2222", "x"}, "", {"fd00::1"})) == "x");
}

BOOST_AUTO_TEST_CASE(the_command_line_gives_user_and_sudo_to_all_that_say_nothing)
{
    Wishes wishes;
    wishes.user = "deploy";
    wishes.become = Become::sudo;
    const auto list = targets({"node1", "root@node2"}, "", {}, wishes);
    BOOST_TEST(list[0].user == "deploy");
    BOOST_TEST((list[0].become == Become::sudo));
    BOOST_TEST(list[1].user == "root"); // said for this very target
}

BOOST_AUTO_TEST_CASE(ssh_config_says_what_nobody_else_has_said)
{
    const Scratch scratch;
    const SshConfig config =
        SshConfig::in(scratch.file("config", "Host web\n HostName 10.0.0.1\n User deploy\n Port 2222\n "
                                             "ProxyJump bastion\nHost bastion\n User b\n"));
    const auto one = [&](const std::string& spec, const Wishes& wishes = {}) {
        std::istringstream nothing;
        TargetSet set(wishes, nullptr, nothing, &config);
        set.add(spec);
        return set.targets().at(0);
    };
    const Target web = one("web");
    BOOST_TEST(web.name == "web");
    BOOST_TEST(web.host == "10.0.0.1");
    BOOST_TEST(web.port == 2222);
    BOOST_TEST(web.user == "deploy");
    BOOST_TEST(web.jumps.at(0).user == "b");
    BOOST_TEST(one("me@web:22").user == "me");
    BOOST_TEST(one("me@web:22").port == 22);
    Wishes wishes;
    wishes.user = "all";
    wishes.jump = "none";
    BOOST_TEST(one("web", wishes).user == "all");
    BOOST_TEST(one("web", wishes).jumps.empty());
    BOOST_TEST(one("other").user == "root");
}

BOOST_AUTO_TEST_CASE(names_fold_into_node_sets)
{
    BOOST_TEST(fold({"node1", "node2", "node3", "node60"}) == "node[1-3,60]");
    BOOST_TEST(fold({"node1"}) == "node1");
    BOOST_TEST(fold({}) == "");
    BOOST_TEST(fold({"n08", "n09", "n10", "n11"}) == "n[08-11]");
    BOOST_TEST(fold({"db", "web2", "web1"}) == "db,web[1-2]");
    BOOST_TEST(fold({"10.0.0.1", "10.0.0.2", "10.0.0.4"}) == "10.0.0.[1-2,4]");
    BOOST_TEST(fold({"n1.example.com", "n2.example.com"}) == "n[1-2].example.com");
    BOOST_TEST(fold({"a:2222", "a:2223", "fd00::1", "fd00::2"}) == "a:2222,a:2223,fd00::1,fd00::2");
}

BOOST_AUTO_TEST_CASE(folding_is_the_way_back_from_ranges)
{
    for (const std::string text :
         {"node[1-40,60]", "node[08-12]", "10.0.0.[1-3]", "db,web[1-2].example.com,x7", "node[1-2]:2022",
          "rack1-n[1-3]", "[::1]:22,::2", "n[1-3],n[01-03]"})
        BOOST_TEST(fold(all_of(text)) == text);
}

BOOST_AUTO_TEST_CASE(what_is_folded_expands_to_the_same_names)
{
    std::uint32_t state = 42;
    const auto random = [&](std::uint32_t below) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % below;
    };
    for (int round = 0; round < 300; ++round) {
        std::vector<std::string> given;
        for (std::uint32_t i = 0; i < 1 + random(40); ++i) {
            std::string number = std::to_string(random(120));
            if (random(3) == 0)
                number.insert(0, "0");
            const std::string ends[] = {"", ":2222", ".example.com", "x", ".rack7.example.com"};
            given.push_back("r" + std::to_string(random(3)) + (random(2) == 0 ? "n" : "-db") + number +
                            ends[random(5)]);
            if (random(8) == 0)
                given.push_back("10.0." + std::to_string(random(2)) + "." + std::to_string(random(30)));
        }
        std::vector<std::string> again = all_of(fold(given));
        std::sort(given.begin(), given.end());
        given.erase(std::unique(given.begin(), given.end()), given.end());
        std::sort(again.begin(), again.end());
        BOOST_TEST(again == given, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(the_nearest_word_is_found_and_a_far_one_is_not)
{
    const std::vector<std::string> words{"user", "port", "become", "connection", "key"};
    BOOST_TEST(nearest("usr", words) == "user");
    BOOST_TEST(nearest("prot", words) == "port");
    BOOST_TEST(nearest("conn", words) == "connection");
    BOOST_TEST(nearest("zzzzzz", words) == "");
    BOOST_TEST(suggestion("becom", words) == "did you mean 'become'?");
    BOOST_TEST(suggestion("zzzzzz", words) == "there is: user, port, become, connection, key");
}

BOOST_AUTO_TEST_SUITE_END()
