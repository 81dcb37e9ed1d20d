#include "common/text.hpp"

#include <boost/test/unit_test.hpp>

using common::one_line;
using common::xml_safe;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(what_a_terminal_would_obey_is_no_part_of_a_line)
{
    BOOST_TEST(one_line("plain \xC3\xA9 \xF0\x9F\x98\x80") == "plain \xC3\xA9 \xF0\x9F\x98\x80");
    BOOST_TEST(one_line("a\x1B[2Jb\nc\x7F") == "a?[2Jb?c?");
    BOOST_TEST(one_line("a\xC2\x9B"
                        "b") == "a?b");                           // C1
    BOOST_TEST(one_line("a\xE2\x80\xAEt\xE2\x81\xA9") == "a?t?"); // turns the direction of what follows
    BOOST_TEST(one_line("\xFF\xC0\xAF") == "???");
}

BOOST_AUTO_TEST_CASE(a_long_line_is_cut_between_characters)
{
    BOOST_TEST(one_line("ab\xC3\xA9", 3) == "ab...");
    BOOST_TEST(one_line("abc", 3) == "abc");
}

BOOST_AUTO_TEST_CASE(lines_stay_lines_in_xml)
{
    BOOST_TEST(xml_safe("a\tb\nc") == "a\tb\nc");
    BOOST_TEST(xml_safe(std::string_view("\0\xEF\xBF\xBF", 4)) ==
               "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_SUITE_END()
