#include "manager/store/run_json.hpp"
#include "manager/target/ssh_config.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager;

BOOST_AUTO_TEST_SUITE(run_json)

BOOST_AUTO_TEST_CASE(a_resumed_run_reaches_its_targets_by_the_same_way)
{
    target::Target far;
    far.name = "far";
    far.host = "10.0.0.1";
    far.ssh = target::SshProgram::openssh;
    far.become = target::Become::su;
    far.configured_identities = {"/keys/a", "/keys/b"};
    far.identities_only = true;
    far.host_key_alias = "alias";
    far.known_hosts = {"/known"};
    far.jumps = target::parse_jumps("me@near:2022");
    far.jumps[0].host_key_alias = "other";
    target::Target near;
    near.name = near.host = "near";
    near.proxy_command = "nc %h %p";
    rollout::Request request;
    request.targets = {far, near};

    const auto read = store::request_from_json(store::to_json(request)).targets;
    BOOST_TEST((read.at(0).ssh == target::SshProgram::openssh));
    BOOST_TEST((read[0].become == target::Become::su));
    BOOST_TEST(read[0].configured_identities == far.configured_identities, boost::test_tools::per_element());
    BOOST_TEST(read[0].identities_only);
    BOOST_TEST(read[0].host_key_alias == "alias");
    BOOST_TEST(read[0].known_hosts == far.known_hosts, boost::test_tools::per_element());
    BOOST_REQUIRE(read[0].jumps.size() == 1u);
    BOOST_TEST(read[0].jumps[0].user == "me");
    BOOST_TEST(read[0].jumps[0].port == 2022);
    BOOST_TEST(read[0].jumps[0].host_key_alias == "other");
    BOOST_TEST((read.at(1).ssh == target::SshProgram::automatic));
    BOOST_TEST(read[1].proxy_command == "nc %h %p");
}

BOOST_AUTO_TEST_SUITE_END()
