#include "manager/baseline/firmware_version.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using manager::baseline::compare_firmware_versions;
using manager::baseline::FirmwareVersion;
using manager::baseline::Order;
using manager::baseline::parse_firmware_version;

namespace {

struct Pair {
    std::string left;
    std::string right;
};

std::ostream& operator<<(std::ostream& out, const Pair& pair)
{
    return out << pair.left << " | " << pair.right;
}

std::string shown(Order order)
{
    return order == Order::older   ? "older"
           : order == Order::newer ? "newer"
           : order == Order::same  ? "same"
                                   : "unknown";
}

/// "A43 2.52 +BUILD#(36) 20211029"
std::string shown(const std::string& text)
{
    const std::optional<FirmwareVersion> version = parse_firmware_version(text);
    if (!version)
        return "none";
    std::string out = version->prefix.empty() ? "" : version->prefix + ' ';
    for (std::size_t i = 0; i < version->numbers.size(); ++i)
        out += (i == 0 ? "" : ".") + std::to_string(version->numbers[i]);
    if (!version->rest.empty())
        out += " +" + version->rest;
    for (const std::uint64_t number : version->rest_numbers)
        out += "(" + std::to_string(number) + ")";
    if (version->date)
        out += ' ' + std::to_string(*version->date);
    return out;
}

void check(const Pair& pair, Order order, Order reverse)
{
    BOOST_TEST(shown(compare_firmware_versions(pair.left, pair.right)) == shown(order));
    BOOST_TEST(shown(compare_firmware_versions(pair.right, pair.left)) == shown(reverse));
}

} // namespace

BOOST_AUTO_TEST_SUITE(firmware_version)

BOOST_AUTO_TEST_CASE(what_vendors_write_is_taken_apart)
{
    BOOST_TEST(shown("2.46 May 11 2021") == "2.46 20210511");
    BOOST_TEST(shown("A43 v2.52 (10/29/2021)") == "A43 2.52 20211029");
    BOOST_TEST(shown("3.66_04-01-2026") == "3.66 20260401");
    BOOST_TEST(shown("iLO 5 v2.44") == "ILO5 2.44");
    BOOST_TEST(shown("0x0D") == "13");
    BOOST_TEST(shown("0D") == "13");
    BOOST_TEST(shown("9.1.0 Build 36") == "9.1 +BUILD#(36)");
    BOOST_TEST(shown("C27") == "C 27");
    BOOST_TEST(shown("4.0a") == "4 +A");
    BOOST_TEST(shown("PFC_01.13-SEC_04.08") == "PFC 1.13 +SEC##(4)(8)");
    BOOST_TEST(shown("fd.88") == "FD 88");
    BOOST_TEST(shown("11A-1.02") == "11A 1.2");
    BOOST_TEST(shown("P79 v1.45") == "P79 1.45");
    BOOST_TEST(shown("Version 7.10.30.05") == "7.10.30.5");
    BOOST_TEST(shown("v2.12.0-dev-1234-gabcdef") == "2.12 +DEV#GABCDEF(1234)");
    BOOST_TEST(shown("2021-05-11") == "20210511 20210511");
    BOOST_TEST(shown("000E") == "14");
}

BOOST_DATA_TEST_CASE(what_is_no_version_is_none,
                     boost::unit_test::data::make({"", "N/A", "na", "undefined", "unknown", " ", "-"}), text)
{
    BOOST_TEST(shown(std::string(text)) == "none");
    check({text, text}, Order::unknown, Order::unknown);
    check({text, "1.0"}, Order::unknown, Order::unknown);
}

BOOST_AUTO_TEST_CASE(a_damaged_version_is_none)
{
    BOOST_TEST(shown(std::string("0\x14")) == "none");
    BOOST_TEST(shown(std::string("1.0\xff")) == "none");
    BOOST_TEST(shown(std::string(300, '1')) == "none");
    BOOST_TEST(shown("99999999999999999999999") == "none");
    BOOST_TEST(shown("1.99999999999999999999999") == "1 +#(18446744073709551615)");
    check({"1.99999999999999999999999", "1.99999999999999999999999"}, Order::unknown, Order::unknown);
}

BOOST_DATA_TEST_CASE(the_same_version_is_the_same_however_it_is_written,
                     boost::unit_test::data::make(std::vector<Pair>{
                         {"2.14", "2.14"},
                         {"0D", "0x0D"},
                         {"v1.20 (02/28/2020)", "A43 v1.20 (02/28/2020)"},
                         {"A43_1.20_02_28_2020", "A43 v1.20 (02/28/2020)"},
                         {"2.14", "2.14 Feb 11 2020"},
                         {"iLO 5 v2.14", "2.14"},
                         {"1.2", "1.2.0"},
                         {"01.02", "1.2"},
                         {"U34 v3.66 (04/01/2026)", "3.66_04-01-2026"},
                         {"9.1.0 Build 36", "9.1.0 build 36"},
                         {"11A-1.02", "11A-1.02"}}))
{
    check(sample, Order::same, Order::same);
}

BOOST_DATA_TEST_CASE(the_older_one_is_found, boost::unit_test::data::make(std::vector<Pair>{
                                                 {"1.40", "2.10"},
                                                 {"2.9", "2.10"},
                                                 {"1.2", "1.2.1"},
                                                 {"0x0C", "0x0D"},
                                                 {"0C", "0D"},
                                                 {"4.0a", "4.0b"},
                                                 {"C27", "C28"},
                                                 {"9.1.0 Build 36", "9.1.0 Build 37"},
                                                 {"2.46 May 11 2021", "2.46 Jun 01 2021"},
                                                 {"A43 v2.52 (10/29/2021)", "A43 v2.52 (11/02/2021)"},
                                                 {"A43 v2.42 (11/29/2022)", "A43 v2.52 (10/29/2021)"},
                                                 {"PFC_01.13-SEC_04.08", "PFC_01.13-SEC_04.09"}}))
{
    check(sample, Order::older, Order::newer);
}

BOOST_DATA_TEST_CASE(what_nobody_can_tell_is_unknown,
                     boost::unit_test::data::make(std::vector<Pair>{{"A43 v1.20", "U30 v1.20"},
                                                                    {"A43 v1.20", "U30 v1.30"},
                                                                    {"4.0", "4.0a"},
                                                                    {"9.1.0", "9.1.0 Build 36"},
                                                                    {"0D", "10"},
                                                                    {"0x10", "10"},
                                                                    {"11A-1.02", "12A-1.03"},
                                                                    {"2.12.0-15-gaaaa", "2.12.0-27-gbbbb"},
                                                                    {"1.0-rc1", "1.0-beta1"}}))
{
    check(sample, Order::unknown, Order::unknown);
}

BOOST_AUTO_TEST_SUITE_END()
