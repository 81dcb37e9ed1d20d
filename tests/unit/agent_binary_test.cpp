#include "common/error.hpp"
#include "manager/drivers/agent_binary.hpp"

#include <boost/test/unit_test.hpp>

using common::Error;
using manager::drivers::Agents;

BOOST_AUTO_TEST_SUITE(agents)

namespace {

manager::transport::Platform platform(const char* os, const char* architecture)
{
    manager::transport::Platform platform;
    platform.os = os;
    platform.architecture = architecture;
    return platform;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_platform_has_its_own_agent)
{
    const Agents agents({{"x86_64", "packed pc", "aa", 5'000'000},
                         {"aarch64", "packed arm", "bb", 6'000'000},
                         {"x86_64", "packed windows", "cc", 4'000'000, "Windows"}});

    BOOST_TEST(agents.of(platform("Linux", "x86_64")).compressed == "packed pc");
    BOOST_TEST(agents.of(platform("Linux", "aarch64")).compressed == "packed arm");
    BOOST_TEST(agents.of(platform("Windows", "x86_64")).compressed == "packed windows");
    BOOST_TEST(agents.largest() == 6'000'000u);
    BOOST_TEST(agents.architectures() == (std::vector<std::string>{"x86_64", "aarch64"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_platform_is_refused_with_those_that_there_are)
{
    const Agents agents({{"x86_64", "", "aa", 1}, {"aarch64", "", "bb", 1}});

    BOOST_CHECK_EXCEPTION(agents.of(platform("Linux", "armv7l")), Error, [](const Error& error) {
        return error.trouble() == common::Trouble::rejected &&
               error.text() ==
                   "there is no agent for the target's platform, Linux on armv7l, only for Linux on x86_64, "
                   "Linux on aarch64";
    });
}

BOOST_AUTO_TEST_SUITE_END()
