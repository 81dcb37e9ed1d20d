#include "common/error.hpp"
#include "manager/target/target_set.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace manager::target;

namespace {

std::string names(const std::vector<Target>& targets)
{
    std::string text;
    for (const Target& target : targets)
        text += (text.empty() ? "" : " ") + target.name;
    return text;
}

struct Rig {
    std::istringstream input{"a # comment\n\n# nothing\nb[1-2]:2022\na\n"};
    TargetSet set{Target{}, nullptr, input};
};

std::string complaint(const std::string& spec)
{
    Rig rig;
    try {
        rig.set.add(spec);
    } catch (const common::Error& error) {
        BOOST_TEST(int(error.trouble()) == int(common::Trouble::invalid));
        return error.what();
    }
    return "";
}

} // namespace

BOOST_AUTO_TEST_CASE(folding_is_the_way_back_from_ranges)
{
    for (const std::string text :
         {"node[1-40,60]", "node[08-12]", "10.0.0.[1-3]", "db,web[1-2].example.com,x7", "node[1-2]:2022",
          "rack1-n[1-3]", "[::1]:22,::2", "n[1-3],n[01-03]"}) {
        std::vector<std::string> all;
        for (const std::string& part : split_list(text))
            for (const std::string& name : expand(part))
                all.push_back(name);
        std::vector<std::string> again;
        for (const std::string& part : split_list(fold(all)))
            for (const std::string& name : expand(part))
                again.push_back(name);
        BOOST_TEST(all == again, boost::test_tools::per_element());
        BOOST_TEST(fold(all) == text);
    }
}

BOOST_AUTO_TEST_CASE(a_target_is_user_host_and_port)
{
    Rig rig;
    rig.set.add("admin@db:2022,[fe80::1]:23,::1,rack[1-2]n[1-2],db:2022");
    const auto& targets = rig.set.targets();
    BOOST_TEST(names(targets) == "db:2022 [fe80::1]:23 ::1 rack1n1 rack1n2 rack2n1 rack2n2");
    BOOST_TEST(targets[0].user == "admin");
    BOOST_TEST(targets[0].host == "db");
    BOOST_TEST(targets[0].port == 2022);
    BOOST_TEST(targets[1].host == "fe80::1");
    BOOST_TEST(targets[2].port == 22);
}

BOOST_AUTO_TEST_CASE(localhost_needs_no_login)
{
    Rig rig;
    rig.set.add("localhost,localhost:2022");
    BOOST_TEST((rig.set.targets()[0].connection == Connection::local));
    BOOST_TEST((rig.set.targets()[1].connection == Connection::ssh));
}

BOOST_AUTO_TEST_CASE(a_dash_reads_standard_input)
{
    Rig rig;
    rig.set.add("-");
    rig.set.exclude("b[1]:2022");
    BOOST_TEST(names(rig.set.targets()) == "a b2:2022");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said)
{
    BOOST_TEST(complaint("node[1-") == "target 'node[1-': '[' without ']'");
    BOOST_TEST(complaint("node[5-1]") == "target 'node[5-1]': the range 5-1 runs backwards");
    BOOST_TEST(complaint("node[x]") == "target 'node[x]': 'x' is no number or range of numbers");
    BOOST_TEST(complaint("node[1-100001]") == "target 'node[1-100001]': more than 100000 targets");
    BOOST_TEST(complaint("n[1-999]m[1-999]") == "target 'n[1-999]m[1-999]': more than 100000 targets");
    BOOST_TEST(complaint("db:0") == "target 'db:0': '0' is no port");
    BOOST_TEST(complaint("a/b") == "target 'a/b': host 'a/b' is no valid name");
    BOOST_TEST(complaint("..") == "target '..': host '..' is no valid name");
    BOOST_TEST(complaint("-oProxyCommand=x").find("no valid name") != std::string::npos);
    BOOST_TEST(complaint("@/no/such").find("reading the targets in '/no/such'") == 0);
}
