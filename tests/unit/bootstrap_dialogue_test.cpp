#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/transport/shell/dialogue.hpp"
#include "manager/transport/shell/platform.hpp"
#include "manager/transport/shell/scripts.hpp"
#include "manager/transport/shell/shell_transport.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>

using namespace manager::transport;
using namespace manager::transport::shell;
using namespace std::chrono_literals;
using common::Deadline;
using common::Error;
using common::Secret;
using common::Trouble;

namespace {

/// What the far side says next, once at least `after` bytes have come from us. `@N` stands for the marker,
/// `PW:` for sudo's prompt, `<PW` and `PW>` for its two halves.
struct Say {
    std::string output{};
    std::string problems{};
    std::size_t after = 0;
};

/// A far side that says its lines, and then nothing more or, with `ends`, goes.
struct FarSide {
    std::deque<Say> lines{};
    bool ends = false;
    int status = 0;
    std::string command{};
    std::string sent{};
    std::string sent_before_m1{};
    int logins = 0;
    std::deque<Say> lines_of_second{}; ///< what it says once somebody logs in again
};

class FakeChannel final : public Channel {
public:
    FakeChannel(FarSide& far, std::string marker) : far_(far), marker_(std::move(marker)) {}

    Progress exchange(std::string_view offered, Deadline) override
    {
        Progress progress;
        far_.sent += offered;
        progress.sent = offered.size();
        if (!far_.lines.empty() && far_.sent.size() >= far_.lines.front().after) {
            progress.output = filled(far_.lines.front().output);
            progress.problems = filled(far_.lines.front().problems);
            if (progress.output.find(" M1\n") != std::string::npos)
                far_.sent_before_m1 = far_.sent;
            far_.lines.pop_front();
        } else if (offered.empty() && !far_.ends) {
            throw Error(Trouble::unreachable, "no answer in time");
        }
        progress.ended = far_.ends && far_.lines.empty();
        return progress;
    }

    int status(Deadline) override { return far_.status; }
    int stream() const override { return -1; }

private:
    std::string filled(std::string text) const
    {
        const auto replace = [&](std::string_view what, const std::string& by) {
            for (std::size_t at = text.find(what); at != std::string::npos;
                 at = text.find(what, at + by.size()))
                text.replace(at, what.size(), by);
        };
        replace("@N", marker_);
        replace("<PW", "PW" + marker_.substr(1, 10));
        replace("PW>", marker_.substr(11) + ':');
        replace("PW:", "PW" + marker_.substr(1) + ':');
        return text;
    }

    FarSide& far_;
    std::string marker_;
};

class FakeConnector final : public Connector {
public:
    explicit FakeConnector(FarSide& far) : far_(far) {}

    std::unique_ptr<Channel> open(const std::string& command, Deadline) override
    {
        far_.command = command;
        if (++far_.logins == 2)
            far_.lines = far_.lines_of_second;
        return std::make_unique<FakeChannel>(far_, command.substr(command.find(" @") + 1, 25));
    }

private:
    FarSide& far_;
};

const Secret sudo_password("open sesame");
const Elevation no_elevation;
const Elevation with_sudo{manager::target::Become::sudo, &sudo_password};

const std::string platform = "arch=x86_64 conn=10.0.0.9,41000,10.0.0.1,22 dir=/var/tmp/.soapstone-x.1";

Dialogue begin(FarSide& far, const Elevation& elevation = no_elevation)
{
    FakeConnector connector(far);
    return {connector, elevation, Deadline::in(5s)};
}

std::unique_ptr<Transport> transport_to(FarSide& far, const Elevation& elevation = no_elevation)
{
    return std::make_unique<ShellTransport>(std::make_unique<FakeConnector>(far), elevation, Settings());
}

void check_error(const Error& error, Trouble trouble, std::string_view text, std::string_view hint = "")
{
    BOOST_TEST(name_of(error.trouble()) == name_of(trouble));
    BOOST_TEST(error.text().find(text) != std::string::npos, error.text() << " does not say: " << text);
    BOOST_TEST(error.hint().find(hint) != std::string::npos, error.hint() << " does not say: " << hint);
}

template <typename Step>
void check_fails(Step step, Trouble trouble, std::string_view text, std::string_view hint = "")
{
    try {
        step();
        BOOST_ERROR("no error");
    } catch (const Error& error) {
        check_error(error, trouble, text, hint);
    }
}

/// What becomes of a scout whose script answers so.
void check_scout(const std::string& answer, Trouble trouble, std::string_view text,
                 std::string_view hint = "")
{
    FarSide far{{{"@N M1\n", ""}, {answer, "", 1}}, true};
    check_fails([&] { transport_to(far)->scout(1'000'000, Deadline::in(5s)); }, trouble, text, hint);
}

/// A far side that goes well up to GO.
FarSide willing()
{
    return {{{"@N M1\n", ""}, {"@N NEED " + platform + "\n", "", 1}}, false};
}

AgentBinary agent()
{
    return {"x86_64", std::string(1'000'000, 'z'), std::string(64, 'a'), 3'000'000};
}

} // namespace

BOOST_AUTO_TEST_SUITE(bootstrap_dialogue)

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
    BOOST_TEST(far.sent == "n='" + marker + "'\001terminal=''\001x='it'\\''s'\001echo $x\001exit\n");
    BOOST_TEST(far.command == "exec /bin/sh -c 'printf \"%s M1\\n\" " + marker +
                                  "; IFS= read -r l; eval \"$(printf %s \"$l\" | tr \"\\001\" \"\\n\")\"' sh "
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

BOOST_AUTO_TEST_CASE(a_scout_learns_both_ends_and_the_folder)
{
    FarSide far = willing();
    const Platform found = transport_to(far)->scout(3'000'000, Deadline::in(5s));
    BOOST_TEST(found.os == "Linux");
    BOOST_TEST(found.architecture == "x86_64");
    BOOST_TEST(found.root);
    BOOST_TEST(found.our_address == "10.0.0.9");
    BOOST_TEST(found.session_address == "10.0.0.1");
    BOOST_TEST(found.folder == "/var/tmp/.soapstone-x.1");
    BOOST_TEST(far.sent.find("need='6883'") != std::string::npos); // KiB for packed and unpacked agent
}

BOOST_AUTO_TEST_CASE(addresses_are_numbers_or_nothing)
{
    BOOST_TEST(numeric_address("10.0.0.1") == "10.0.0.1");
    BOOST_TEST(numeric_address("::ffff:10.0.0.1") == "10.0.0.1");
    BOOST_TEST(numeric_address("fe80::1%eth0") == "fe80::1%eth0");
    BOOST_TEST(numeric_address("") == "");
    BOOST_TEST(numeric_address("UNKNOWN") == "");
    BOOST_TEST(numeric_address("10.0.0.1;reboot") == "");
    BOOST_TEST(numeric_address("fe80::1%eth0;reboot") == "");
    BOOST_TEST(numeric_address("fe80::1%an-interface-of-20-letters") == "");
    const Platform none = parse_platform("arch=x86_64 conn= dir=/tmp/a b");
    BOOST_TEST(none.session_address == "");
    BOOST_TEST(none.folder == "/tmp/a b");
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_no_path_is_refused)
{
    for (const char* text :
         {"", "arch=x86_64", "arch=x86_64 dir=", "arch=x86_64 dir=tmp", "dir=/x", " dir=/x\033y"})
        BOOST_CHECK_THROW(parse_platform(text), Error);
}

BOOST_AUTO_TEST_CASE(what_the_script_says_becomes_a_sentence)
{
    check_scout("@N ERR os Darwin\n", Trouble::rejected, "scouting: the target runs Darwin, not Linux");
    check_scout("@N ERR arch armv7l, only for x86_64\n", Trouble::rejected,
                "no agent for the target's architecture armv7l, only for x86_64");
    check_scout("@N ERR root 1000 alice\n", Trouble::denied, "logged in as alice, which is not root",
                "--sudo");
    check_scout("@N ERR tool gzip\n", Trouble::rejected, "the target has no program gzip");
    check_scout("@N SKIP /tmp: programs cannot be run there\n@N SKIP /opt: 3 KiB free\n@N ERR nodir\n",
                Trouble::rejected, "take the agent: /tmp: programs cannot be run there; /opt: 3 KiB free",
                "room");
    check_scout("@N ERR something new\n", Trouble::rejected, "something new");
    check_scout("@N ERR\n", Trouble::rejected, "failed");
    check_scout("@N HELLO\n", Trouble::rejected, "failed");
    check_scout("", Trouble::rejected, "ended early");
}

BOOST_AUTO_TEST_CASE(the_agent_is_sent_behind_a_header_of_fixed_size)
{
    FarSide far = willing();
    const auto transport = transport_to(far);
    transport->scout(3'000'000, Deadline::in(5s));
    const std::size_t before = far.sent.size();
    far.lines.push_back({"@N GO\n", "", before + 128 + 1'000'000});
    std::vector<std::uint64_t> sent;
    transport->copy(
        agent(), [&](std::uint64_t bytes) { sent.push_back(bytes); }, Deadline::in(30s));

    const std::string header = far.sent.substr(before, 128);
    BOOST_TEST(common::trim(header) == "SEND 1000000 3000000 " + std::string(64, 'a') + " 30");
    BOOST_TEST(header.back() == '\n');
    BOOST_TEST(far.sent.size() == before + 128 + 1'000'000);
    BOOST_TEST(std::is_sorted(sent.begin(), sent.end()));
    BOOST_TEST(sent.back() == 1'000'000u);
}

BOOST_AUTO_TEST_CASE(copying_stops_when_the_target_gives_up)
{
    FarSide far = willing();
    const auto transport = transport_to(far);
    transport->scout(3'000'000, Deadline::in(5s));
    const std::size_t before = far.sent.size();
    far.lines.push_back({"@N ERR write head: No space left on device\n", "", before + 300'000});
    far.ends = true;
    check_fails([&] { transport->copy(agent(), nullptr, Deadline::in(5s)); }, Trouble::rejected,
                "copying the agent: the agent could not be written: head: No space left on device", "room");
    BOOST_TEST(far.sent.size() < before + 800'000);
}

BOOST_AUTO_TEST_CASE(orders_go_only_to_a_verified_file)
{
    FarSide far = willing();
    const auto transport = transport_to(far);
    transport->scout(3'000'000, Deadline::in(5s));
    far.lines.push_back({"@N ERR sum 00\n", "", far.sent.size() + 1});
    check_fails([&] { transport->copy(agent(), nullptr, Deadline::in(5s)); }, Trouble::rejected,
                "arrived damaged");
    common::Orders orders;
    orders.nonce = "c0ffee";
    check_fails([&] { transport->start(orders, Deadline::in(5s)); }, Trouble::defect, "before copy");
    BOOST_TEST(far.sent.find("c0ffee") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_ready_line_must_answer_our_orders)
{
    common::Ready ready;
    ready.nonce = "c0ffee";
    ready.port = 62287;
    for (const bool right : {true, false}) {
        FarSide far = willing();
        const auto transport = transport_to(far);
        transport->scout(3'000'000, Deadline::in(5s));
        far.lines.push_back({"@N GO\n", "", far.sent.size() + 128});
        transport->copy(agent(), nullptr, Deadline::in(5s));
        far.lines.push_back({"@N OK " + ready.line() + "\n", "", far.sent.size() + 1});
        common::Orders orders;
        orders.run = std::string(32, 'a');
        orders.nonce = right ? "c0ffee" : "tea";
        if (right)
            BOOST_TEST(transport->start(orders, Deadline::in(5s)).port == 62287);
        else
            check_fails([&] { transport->start(orders, Deadline::in(5s)); }, Trouble::rejected,
                        "not an answer");
        BOOST_TEST(far.sent.substr(far.sent.size() - orders.text().size()) == orders.text());
    }
}

BOOST_AUTO_TEST_CASE(nonsense_from_the_session_of_a_start_leads_to_a_fresh_login)
{
    common::Ready ready;
    ready.nonce = "c0ffee";
    common::Orders orders;
    orders.run = std::string(32, 'a');
    orders.nonce = ready.nonce;
    FarSide far = willing();
    const auto transport = transport_to(far);
    transport->scout(3'000'000, Deadline::in(5s));
    far.lines.push_back({"@N GO\n", "", far.sent.size() + 128});
    transport->copy(agent(), nullptr, Deadline::in(5s));
    far.lines.push_back({"@N OK " + ready.line() + "\n", "", far.sent.size() + 1});
    transport->start(orders, Deadline::in(5s));
    far.lines = {{"@N LEFT folder /x\n@N DONE\n", "", 1}, {"@N LEFT folder /y\n@N WHAT\n", "", 1}};
    far.lines_of_second = {{"@N M1\n", ""}, {"@N LEFT folder /z\n@N DONE\n", "", 1}};
    const auto left = [&] {
        return common::join(transport->leftovers({orders.run, 0, 0, 0, {}}, Deadline::in(5s)).left, "|");
    };
    BOOST_TEST(left() == "folder /x");
    BOOST_TEST(far.logins == 1);
    BOOST_TEST(left() == "folder /z");
    BOOST_TEST(far.logins == 2);
}

BOOST_AUTO_TEST_CASE(an_agent_that_does_not_start_tells_why)
{
    FarSide far = willing();
    const auto transport = transport_to(far);
    transport->scout(3'000'000, Deadline::in(5s));
    far.lines.push_back({"@N GO\n", "", far.sent.size() + 128});
    transport->copy(agent(), nullptr, Deadline::in(5s));
    far.lines.push_back({"@N ERR agent ended with status 3\n", "", far.sent.size() + 1});
    far.lines.push_back({"", "no port is free\n"});
    far.ends = true;
    check_fails([&] { transport->start({}, Deadline::in(5s)); }, Trouble::rejected,
                "starting the agent: the agent did not start: it ended with status 3: no port is free");
}

BOOST_AUTO_TEST_CASE(run_ids_that_are_none_never_reach_a_target)
{
    FarSide far{{{"@N M1\n", ""}}, false};
    for (const char* run : {"*", "../x", "a b", "$(reboot)", "A"}) {
        BOOST_CHECK_THROW(transport_to(far)->sweep(run, Deadline::in(5s)), Error);
        BOOST_CHECK_THROW(transport_to(far)->leftovers({run, 0, 0, 0, {}}, Deadline::in(5s)), Error);
    }
    BOOST_TEST(far.command == "");
}

BOOST_AUTO_TEST_CASE(leftovers_are_listed_once_each)
{
    FarSide far{{{"@N M1\n", ""},
                 {"@N LEFT port 62286\n@N LEFT folder /x\n@N LEFT folder /x\n@N LOGS\n@N DONE\n", "", 1}},
                true};
    const Remains found =
        transport_to(far)->leftovers({std::string(32, 'a'), 4711, 12, 62286, {"/a'b"}}, Deadline::in(5s));
    const std::vector<std::string> expected{"port 62286", "folder /x"};
    BOOST_TEST(found.left == expected, boost::test_tools::per_element());
    BOOST_TEST(found.logs);
    BOOST_TEST(far.sent.find("pid='4711'\001start='12'\001port='62286'\001set -- \"$1\" '/a'\\''b'\001") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_sweep_could_not_remove_is_told_apart_from_what_it_removed)
{
    FarSide far{{{"@N M1\n", ""},
                 {"@N LEFT folder /x\n@N KEPT folder /y: Device or resource busy\n@N DONE\n", "", 1}},
                true};
    const Swept swept = transport_to(far)->sweep(std::string(32, 'a'), Deadline::in(5s));
    BOOST_TEST(common::join(swept.removed, "|") == "folder /x");
    BOOST_TEST(common::join(swept.kept, "|") == "folder /y: Device or resource busy");
}

BOOST_AUTO_TEST_CASE(words_for_the_shell_cannot_break_out)
{
    BOOST_TEST(shell_word("") == "''");
    BOOST_TEST(shell_word("a'b$c`d\"e\\") == "'a'\\''b$c`d\"e\\'");
    BOOST_CHECK_THROW(shell_word("a\nb"), Error);
    BOOST_CHECK_THROW(shell_word("a\001b"), Error);
}

BOOST_AUTO_TEST_CASE(scripts_are_squeezed_and_fit_the_way_they_travel)
{
    for (const std::string_view script : {bootstrap_script, leftovers_script, sweep_script}) {
        BOOST_TEST(script.size() > 500u);
        BOOST_TEST(script.size() < 8000u);
        BOOST_TEST(script.find("\n#") == std::string_view::npos);
        BOOST_TEST(script.find("\n ") == std::string_view::npos);
        BOOST_TEST(script.find('\001') == std::string_view::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
