#include "common/bootstrap.hpp"
#include "common/error.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(bootstrap)

BOOST_AUTO_TEST_CASE(orders_survive_as_start_arguments_of_a_service)
{
    common::Orders orders;
    orders.run = std::string(32, 'a');
    orders.target = "7";
    orders.manager = "Zoë \"root\" on \\ws 1, " + std::string(3000, 'x');
    orders.callbacks = {common::Endpoint{"fd00::1", 61001}};

    const std::vector<std::string> pieces = common::to_arguments(orders);

    BOOST_TEST(pieces.size() > 3U);
    BOOST_TEST(std::all_of(pieces.begin(), pieces.end(), [](const std::string& piece) {
        return piece.size() <= 1024 && piece.find_first_not_of("0123456789abcdef") == std::string::npos;
    }));
    BOOST_TEST(common::from_arguments(pieces).text() == orders.text());
}

BOOST_AUTO_TEST_CASE(start_arguments_that_were_cut_are_refused)
{
    common::Orders orders;
    orders.run = std::string(32, 'a');
    std::vector<std::string> pieces = common::to_arguments(orders);
    pieces.back().pop_back();
    BOOST_CHECK_THROW(common::from_arguments(pieces), common::Error);
    pieces.back().pop_back();
    BOOST_CHECK_THROW(common::from_arguments(pieces), common::Error);
    BOOST_CHECK_THROW(common::from_arguments({}), common::Error);
}

BOOST_AUTO_TEST_SUITE_END()
