#include "common/error.hpp"
#include "manager/target/target_set.hpp"
#include "manager/target/targets_file.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace manager::target;

namespace {

const char* const good = R"(
defaults: {user: admin, key: /k/one}
groups:
  web:
    user: deploy
    become: sudo
    hosts: ["web[1-3]"]
  all: [web1, db-7]
hosts:
  db-7: {address: 10.0.0.7, port: 2222, key: [/k/a, /k/b]}
  web2: {user: root}
  lonely:
)";

std::string complaint(const std::string& text)
{
    try {
        TargetsFile(text, "t.yaml", Target{});
    } catch (const common::Error& error) {
        return error.text() + (error.hint().empty() ? "" : " | " + error.hint());
    }
    return "";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_host_goes_before_its_groups_and_they_before_the_defaults)
{
    const TargetsFile file(good, "t.yaml", Target{});
    BOOST_TEST(file.targets().size() == 5);
    BOOST_TEST(file.find("web1")->user == "deploy");
    BOOST_TEST((file.find("web1")->become == Become::sudo));
    BOOST_TEST(file.find("web2")->user == "root");
    BOOST_TEST(file.find("lonely")->user == "admin");
    BOOST_TEST(file.find("db-7")->host == "10.0.0.7");
    BOOST_TEST(file.find("db-7")->name == "db-7");
    BOOST_TEST(file.find("db-7")->port == 2222);
    BOOST_TEST(file.find("db-7")->identities.size() == 2);
    BOOST_TEST(file.find("web1")->groups.size() == 2);
}

BOOST_AUTO_TEST_CASE(a_group_can_be_picked)
{
    const TargetsFile file(good, "t.yaml", Target{});
    std::istringstream input;
    TargetSet set(Target{}, &file, input);
    set.add("@web,db-7");
    BOOST_TEST(set.targets().size() == 4);
    BOOST_TEST(set.targets().back().host == "10.0.0.7");
}

BOOST_AUTO_TEST_CASE(errors_name_the_place_and_the_nearest_key)
{
    BOOST_TEST(complaint("hosts:\n  a: {prot: 3}\n") ==
               "t.yaml:2:7: unknown key 'prot' in host 'a' | did you mean 'port'?");
    BOOST_TEST(complaint("host:\n  a:\n") ==
               "t.yaml:1:1: unknown key 'host' in the file | did you mean 'hosts'?");
    BOOST_TEST(complaint("hosts:\n  a: {port: 70000}\n") ==
               "t.yaml:2:13: a port is a number from 1 to 65535");
    BOOST_TEST(complaint("defaults:\n  become: su\n") == "t.yaml:2:11: this must be one of: none, sudo");
    BOOST_TEST(complaint("hosts:\n  a: {\n").rfind("t.yaml:3:1: this is no YAML", 0) == 0);
    BOOST_TEST(complaint("hosts:\n  \"a[2-1]\":\n").rfind("t.yaml:2:3: target 'a[2-1]': the range", 0) == 0);
    BOOST_TEST(complaint("[1, 2]").rfind("t.yaml:1:1: the file must have keys", 0) == 0);
}
