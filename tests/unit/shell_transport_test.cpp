#include "common/text.hpp"
#include "manager/transport/shell/platform.hpp"
#include "manager/transport/shell/scripts.hpp"
#include "manager/transport/shell/shell_transport.hpp"
#include "tests/unit/far_side.hpp"

#include <algorithm>

using namespace far_side;
using namespace manager::transport;
using namespace manager::transport::shell;
using namespace std::chrono_literals;
using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

const std::string platform = "arch=x86_64 conn=10.0.0.9,41000,10.0.0.1,22 dir=/var/tmp/.soapstone-x.1";

std::unique_ptr<Transport> transport_to(FarSide& far)
{
    return std::make_unique<ShellTransport>(std::make_unique<FakeConnector>(far), Elevation(), Settings());
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

std::unique_ptr<Transport> with_agent_copied(FarSide& far)
{
    auto transport = transport_to(far);
    transport->scout(3'000'000, Deadline::in(5s));
    far.lines.push_back({"@N GO\n", "", far.sent.size() + 128});
    transport->copy(agent(), nullptr, Deadline::in(5s));
    return transport;
}

} // namespace

BOOST_AUTO_TEST_SUITE(transport_by_a_shell)

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
    BOOST_TEST(far.sent.find("need='3953'") !=
               std::string::npos); // KiB for the agent, and 1 MiB to work with
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
    BOOST_TEST(common::trim(header) == "SEND 1000000 " + std::string(64, 'a') + " 30");
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
    far.lines.push_back({"@N ERR unpack gzip: stdout: No space left on device\n", "", before + 300'000});
    far.ends = true;
    check_fails([&] { transport->copy(agent(), nullptr, Deadline::in(5s)); }, Trouble::rejected,
                "copying the agent: the agent could not be written: gzip: stdout: No space left on device",
                "room");
    BOOST_TEST(far.sent.size() < before + 800'000);
}

BOOST_AUTO_TEST_CASE(a_copy_that_was_too_slow_is_no_full_disk)
{
    FarSide far = willing();
    const auto transport = transport_to(far);
    transport->scout(3'000'000, Deadline::in(5s));
    far.lines.push_back(
        {"@N ERR unpack gzip: stdin: unexpected end of file\n", "", far.sent.size() + 300'000});
    far.ends = true;
    check_fails([&] { transport->copy(agent(), nullptr, Deadline::in(5s)); }, Trouble::unreachable,
                "copying the agent: the agent did not arrive in time", "try again");
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
        const auto transport = with_agent_copied(far);
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
    const auto transport = with_agent_copied(far);
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
    const auto transport = with_agent_copied(far);
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
    BOOST_TEST(far.sent.find("pid='4711'\036start='12'\036port='62286'\036set -- \"$1\" '/a'\\''b'\036") !=
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
