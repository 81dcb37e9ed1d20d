#include "manager/transport/shell/dialogue.hpp"
#include "tests/unit/far_side.hpp"

#include <algorithm>

using namespace far_side;
using namespace manager::transport;
using namespace manager::transport::shell;
using namespace std::chrono_literals;
using common::Deadline;
using common::Error;
using common::Secret;
using common::Trouble;

namespace {

const Secret sudo_password("open sesame");
const Elevation no_elevation;
const Elevation with_sudo{manager::target::Become::sudo, &sudo_password};

Dialogue begin(FarSide& far, const Elevation& elevation = no_elevation)
{
    FakeConnector connector(far);
    return {connector, elevation, Deadline::in(5s)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(dialogue_with_a_shell)

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_the_far_shell_listens)
{
    FarSide far{{{"Welcome!\n", ""}, {"no newline here @N M1\n", ""}}, false};
    Dialogue dialogue = begin(far);
    dialogue.run("echo $x\nexit", assignment("x", "it's"), Deadline::in(5s));

    BOOST_TEST(far.sent_before_m1 == "");
    BOOST_TEST(dialogue.noise() == "Welcome! no newline here");
}

BOOST_AUTO_TEST_CASE(the_script_is_one_line_and_no_part_of_the_command)
{
    FarSide far{{{"@N M1\n", ""}}, false};
    Dialogue dialogue = begin(far);
    dialogue.run("echo $x\nexit", assignment("x", "it's"), Deadline::in(5s));

    const std::string marker = far.command.substr(far.command.find(" @") + 1, 25);
    BOOST_TEST(far.sent == "n='" + marker + "'\036terminal=''\036x='it'\\''s'\036echo $x\036exit\n");
    BOOST_TEST(far.command ==
               "exec /bin/sh -c 'printf \"%s M1\\n\" " + marker +
                   "; IFS= read -r l; eval \"$(IFS=$(printf \"\\036\"); set -f; printf \"%s\\n\" $l)\"' sh "
                   "\"$SSH_CONNECTION\"");
}

BOOST_AUTO_TEST_CASE(each_session_has_a_marker_of_its_own)
{
    FarSide one{{{"@N M1\n", ""}}, false};
    FarSide two = one;
    begin(one);
    begin(two);
    BOOST_TEST(one.command != two.command);
}

BOOST_AUTO_TEST_CASE(answers_may_come_in_pieces_and_among_noise)
{
    FarSide far{{{"@N", ""}, {" M1", ""}, {"\nmotd\n@N NE", "warning\n"}, {"ED a=b c\n@N OK\n", ""}}, true};
    Dialogue dialogue = begin(far);
    const Answer need = dialogue.next(Deadline::in(5s));
    BOOST_TEST(need.word == "NEED");
    BOOST_TEST(need.rest == "a=b c");
    const Answer ok = dialogue.next(Deadline::in(5s));
    BOOST_TEST(ok.word == "OK");
    BOOST_TEST(ok.rest == "");
    check_fails([&] { dialogue.next(Deadline::in(5s)); }, Trouble::rejected, "ended early: motd warning");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_does_not_fill_our_memory)
{
    FarSide far{{{"@N M1\n", ""}}, true};
    for (int i = 0; i < 300; ++i)
        far.lines.push_back({std::string(10'000, 'x'), std::string(10'000, 'y')});
    far.lines.push_back({"\n@N OK\n", ""});
    Dialogue dialogue = begin(far);
    BOOST_TEST(dialogue.next(Deadline::in(5s)).word == "OK");
    BOOST_TEST(dialogue.noise().size() < 1000u);
}

BOOST_AUTO_TEST_CASE(noise_is_made_harmless)
{
    FarSide far{{{"\033[31mred\033[0m\r\n\xff\n", ""}}, true};
    check_fails([&] { begin(far); }, Trouble::rejected, "?[31mred?[0m ?");
}

BOOST_AUTO_TEST_CASE(the_sudo_password_is_sent_when_its_prompt_is_seen)
{
    FarSide far{{{"", "lecture\nPW:"}, {"@N M1\n", "", 1}}, false};
    Dialogue dialogue = begin(far, with_sudo);
    BOOST_TEST(far.sent == "open sesame\n");
    BOOST_TEST(dialogue.noise() == "lecture"); // the prompt is no part of a message
    BOOST_TEST(far.command.find("exec sudo -S -p \"$0\" \"$@\"") != std::string::npos);
    BOOST_TEST(far.command.find("open sesame") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_prompt_in_two_pieces_is_seen)
{
    FarSide far{{{"", "lecture\n<PW"}, {"", "PW>"}, {"@N M1\n", "", 1}}, false};
    begin(far, with_sudo);
    BOOST_TEST(far.sent == "open sesame\n");
}

BOOST_AUTO_TEST_CASE(without_a_prompt_no_password_is_sent)
{
    FarSide far{{{"@N M1\n", ""}}, false};
    begin(far, with_sudo);
    BOOST_TEST(far.sent == "");
}

BOOST_AUTO_TEST_CASE(a_second_prompt_means_that_the_password_was_wrong)
{
    FarSide far{{{"", "PW:"}, {"", "Sorry, try again.\nPW:", 1}, {"@N M1\n", "", 1000}}, false};
    check_fails([&] { begin(far, with_sudo); }, Trouble::denied, "sudo refused the password",
                "--ask-sudo-password");
    BOOST_TEST(far.sent == "open sesame\n"); // once
}

BOOST_AUTO_TEST_CASE(a_prompt_without_a_password_is_no_guesswork)
{
    const Secret none;
    FarSide far{{{"", "PW:"}}, false};
    check_fails(
        [&] {
            begin(far, {manager::target::Become::sudo, &none});
        },
        Trouble::denied, "none was given", "--ask-sudo-password");
    BOOST_TEST(far.sent == "");
}

BOOST_AUTO_TEST_CASE(a_prompt_is_answered_only_where_sudo_was_asked_for)
{
    FarSide far{{{"", "PW:"}}, false};
    check_fails(
        [&] {
            begin(far, {manager::target::Become::none, &sudo_password});
        },
        Trouble::unreachable, "");
    BOOST_TEST(far.sent == "");
}

BOOST_AUTO_TEST_CASE(a_login_that_runs_something_else_is_quoted)
{
    const auto check = [](const std::string& said, Trouble trouble, std::string_view text,
                          std::string_view hint) {
        FarSide far{{{said, ""}}, true, 1};
        check_fails([&] { begin(far); }, trouble, text, hint);
    };
    check("This account is currently not available.\n", Trouble::denied,
          "(nologin): This account is currently", "shell");
    check("Password change required but no TTY available.\n", Trouble::denied, "has expired", "change it");
    check("alice is not in the sudoers file.\n", Trouble::denied, "may not use sudo: alice is not",
          "sudoers");
    check("sudo: sorry, you must have a tty to run sudo\n", Trouble::denied, "demands a terminal",
          "requiretty");
    check("/bin/sh: 1: exec: sudo: not found\n", Trouble::rejected, "no sudo on the target", "");
    check("Only backups here.\n", Trouble::rejected, "(it ended with status 1): Only backups here.",
          "ForceCommand");
    check("", Trouble::rejected, "did not run our command (it ended with status 1)", "ForceCommand");
}

BOOST_AUTO_TEST_CASE(a_login_that_says_something_and_then_waits_is_quoted)
{
    FarSide far{{{"Accept the terms (y/n)? ", ""}}, false};
    FakeConnector connector(far);
    check_fails([&] { Dialogue(connector, no_elevation, Deadline::in(0s)); }, Trouble::unreachable,
                "did not answer in time", "log in by hand");
}

BOOST_AUTO_TEST_CASE(words_for_the_shell_cannot_break_out)
{
    BOOST_TEST(shell_word("") == "''");
    BOOST_TEST(shell_word("a'b$c`d\"e\\") == "'a'\\''b$c`d\"e\\'");
    BOOST_CHECK_THROW(shell_word("a\nb"), Error);
    BOOST_CHECK_THROW(shell_word("a\036b"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
