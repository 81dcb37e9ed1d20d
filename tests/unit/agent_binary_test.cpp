#include "common/error.hpp"
#include "manager/drivers/agent_binary.hpp"

#include <boost/test/unit_test.hpp>

using common::Error;
using manager::drivers::Agents;

BOOST_AUTO_TEST_SUITE(agents)

BOOST_AUTO_TEST_CASE(each_architecture_has_its_own_agent)
{
    const Agents agents(
        {{"x86_64", "packed pc", "aa", 5'000'000}, {"aarch64", "packed arm", "bb", 6'000'000}});

    BOOST_TEST(agents.of("x86_64").compressed == "packed pc");
    BOOST_TEST(agents.of("aarch64").compressed == "packed arm");
    BOOST_TEST(agents.largest() == 6'000'000u);
    BOOST_TEST(agents.architectures() == (std::vector<std::string>{"x86_64", "aarch64"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_architecture_is_refused_with_those_that_there_are)
{
    const Agents agents({{"x86_64", "", "aa", 1}, {"aarch64", "", "bb", 1}});

    BOOST_CHECK_EXCEPTION(agents.of("armv7l"), Error, [](const Error& error) {
        return error.trouble() == common::Trouble::rejected &&
               error.text() ==
                   "there is no agent for the target's architecture armv7l, only for x86_64 aarch64";
    });
}

BOOST_AUTO_TEST_SUITE_END()
