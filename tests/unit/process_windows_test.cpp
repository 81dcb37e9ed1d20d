#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/os/windows.hpp"

#include <boost/test/unit_test.hpp>

using namespace common::os;
using common::Deadline;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(process_windows)

BOOST_AUTO_TEST_CASE(what_a_program_prints_and_how_it_ends_is_told)
{
    const Finished finished = run({"cmd", "/c", "echo out& echo problem 1>&2& exit 7"}, Deadline::in(30s));
    BOOST_TEST(finished.status == 7);
    BOOST_TEST(finished.output == "out\r\n");
    BOOST_TEST(finished.problems.starts_with("problem"));
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_end_is_killed_with_what_it_has_started)
{
    const auto begin = std::chrono::steady_clock::now();
    BOOST_CHECK_EXCEPTION(run({"cmd", "/c", "ping -n 60 127.0.0.1"}, Deadline::in(2s)), common::Error,
                          [](const common::Error& e) { return e.trouble() == common::Trouble::unreachable; });
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 30s));
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_refused)
{
    BOOST_CHECK_EXCEPTION(run({"no-such-program"}, Deadline::in(5s)), common::Error,
                          [](const common::Error& e) { return e.trouble() == common::Trouble::rejected; });
}

BOOST_AUTO_TEST_CASE(arguments_arrive_as_they_are)
{
    BOOST_TEST(to_utf8(command_line({"a", "b c", ""})) == R"(a "b c" "")");
    BOOST_TEST(to_utf8(command_line({R"(a"b)", R"(C:\x\)", R"(C:\x y\)"})) == R"("a\"b" C:\x\ "C:\x y\\")");
    BOOST_TEST(to_utf8(command_line({R"(a\\"b c)"})) == R"("a\\\\\"b c")");
}

BOOST_AUTO_TEST_CASE(a_process_has_one_name_for_ever)
{
    const auto own = start_time(process_id());
    BOOST_REQUIRE(own.has_value());
    BOOST_TEST(*own == start_time(process_id()).value());
    BOOST_TEST(!start_time(0x7FFF'FFF0).has_value());
    BOOST_TEST(boot_id().size() == 32U);
    BOOST_TEST(boot_id() == boot_id());
}

BOOST_AUTO_TEST_CASE(errors_of_windows_keep_their_number_and_find_their_errno)
{
    BOOST_TEST(errno_of(ERROR_SHARING_VIOLATION) == EBUSY);
    const common::Error error = windows_error("opening x", ERROR_ACCESS_DENIED);
    BOOST_TEST(error.text().starts_with("opening x: "));
    BOOST_TEST(error.text().ends_with("(Windows error 5)"));
}

BOOST_AUTO_TEST_SUITE_END()
