#include "common/os/process.hpp"
#include "manager/transport/process/own_program.hpp"
#include "manager/trust/base64.hpp"
#include "tests/contract/ssh_child_rig.hpp"
#include "tests/support/line.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <sys/wait.h>
#include <thread>

using namespace ssh_child;

namespace {

bool within(std::chrono::seconds time, const std::function<bool()>& condition)
{
    const Deadline deadline = Deadline::in(time);
    while (!condition()) {
        if (deadline.passed())
            return false;
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

constexpr unsigned long largest_part = 1UL << 30; // bytes; larger parts are the shadow memory of a sanitizer

/// All memory of a process that can be read and written.
std::string memory_of(pid_t pid)
{
    const std::string folder = "/proc/" + std::to_string(pid);
    std::ifstream maps(folder + "/maps");
    std::ifstream memory(folder + "/mem", std::ios::binary);
    std::string all;
    for (std::string line; std::getline(maps, line);) {
        unsigned long from = 0;
        unsigned long to = 0;
        char rights[5] = "";
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) != 3 || rights[1] != 'w' ||
            to - from > largest_part)
            continue;
        std::string part(to - from, '\0');
        memory.clear();
        memory.seekg(static_cast<std::streamoff>(from));
        if (memory.read(part.data(), static_cast<std::streamsize>(part.size())))
            all += part;
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(child_that_speaks_ssh)

// Debian's libcurl brings the library along; nothing of ours is to call it.
BOOST_AUTO_TEST_CASE(the_manager_itself_calls_no_libssh2)
{
    const std::string name = std::string("libssh2") + "_session_"; // in two parts, or this file would have it
    const std::string own = common::os::read_file("/proc/self/exe", 1 << 30);
    BOOST_TEST(own.find(name) == std::string::npos);
    BOOST_TEST(common::os::read_file(transport::process::own_program("soapstone-ssh"), 1 << 30).find(name) !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(bytes_pass_unchanged_while_both_sides_write)
{
    const std::string bytes = random_bytes(8 << 20);
    const Outcome outcome = run("cat", bytes);
    BOOST_TEST((outcome.output == bytes));
    BOOST_TEST(outcome.status == 0);
}

BOOST_AUTO_TEST_CASE(both_streams_may_be_flooded)
{
    const Outcome outcome = run("head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2; "
                                "head -c 3000000 /dev/zero; cat; exit 7",
                                "at last");
    BOOST_TEST(outcome.output.size() == 8'000'007u);
    BOOST_TEST(outcome.problems.size() == 5'000'000u);
    BOOST_TEST(outcome.status == 7);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_input_ends_nothing_else)
{
    const Outcome outcome = run("cat >/dev/null; echo over; echo out >&2", "x");
    BOOST_TEST(outcome.output == "over\n");
    BOOST_TEST(outcome.problems == "out\n");
}

BOOST_AUTO_TEST_CASE(each_end_of_a_command_is_told)
{
    BOOST_TEST(run("true").status == 0);
    BOOST_TEST(run("exit 1").status == 1);
    BOOST_TEST(run("exit 255").status == 255);
    BOOST_TEST(run("kill -9 $$").status == 137);
    BOOST_TEST(run("kill -15 $$").status == 143);
    BOOST_TEST(run("no-such-program").status == 127);
}

BOOST_AUTO_TEST_CASE(a_command_that_does_not_want_its_input_is_no_broken_line)
{
    const Outcome outcome = run("echo enough; exit 3", random_bytes(6 << 20));
    BOOST_TEST(outcome.output == "enough\n");
    BOOST_TEST(outcome.status == 3);
}

BOOST_AUTO_TEST_CASE(a_child_that_is_killed_is_an_unreachable_target)
{
    Site site;
    const auto channel = site.open("cat");
    const std::vector<pid_t> children = children_of(::getpid());
    BOOST_REQUIRE(children.size() == 1u);
    ::kill(children[0], SIGKILL);
    BOOST_CHECK_EXCEPTION(talk(*channel, "x"), Error, [](const Error& error) {
        return error.trouble() == Trouble::unreachable &&
               error.text() ==
                   "soapstone-ssh, which speaks SSH to the target, ended without a word (status 137)";
    });
}

BOOST_AUTO_TEST_CASE(a_line_that_breaks_tells_why)
{
    const Line line(usual_port(), Line::End::closed, 200'000);
    Site site(line.port());
    const auto channel = site.open("cat >/dev/null");
    BOOST_CHECK_EXCEPTION(talk(*channel, random_bytes(2 << 20)), Error, [](const Error& error) {
        return error.trouble() == Trouble::unreachable &&
               error.text().find("(libssh2 -") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_child_goes_with_its_channel)
{
    Site site;
    site.open("sleep 60").reset();
    BOOST_TEST(children_of(::getpid()).empty());
}

BOOST_AUTO_TEST_CASE(a_child_goes_when_the_manager_dies)
{
    usual_port();
    int ready[2];
    BOOST_REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
    const pid_t manager = ::fork();
    if (manager == 0) {
        Site site;
        const auto channel = site.open("sleep 60");
        static_cast<void>(::write(ready[1], "x", 1));
        ::pause();
    }
    char byte = 0;
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
    const std::vector<pid_t> children = children_of(manager);
    BOOST_REQUIRE(children.size() == 1u);
    ::kill(manager, SIGKILL);
    ::waitpid(manager, nullptr, 0);
    const std::filesystem::path there = "/proc/" + std::to_string(children[0]);
    BOOST_TEST(within(10s, [&] { return !std::filesystem::exists(there); }));
    ::close(ready[0]);
    ::close(ready[1]);
}

BOOST_AUTO_TEST_CASE(a_child_has_no_private_key_in_its_memory)
{
    Site site;
    const auto channel = site.open("cat");
    const std::string file = common::os::read_file(host().user_key("ed25519"));
    std::string text;
    for (const std::string& line : common::split(file, '\n'))
        if (line.find('-') == std::string::npos)
            text += line;
    const std::string key = *trust::from_base64(text);
    // The private half stands behind the last copy of the public half, which is in the file twice.
    const std::string blob = trust::KnownHostLine::parse(
                                 "h " + common::os::read_file(host().user_key("ed25519").string() + ".pub"))
                                 ->blob();
    const std::string public_half = blob.substr(blob.size() - 32);
    const std::size_t at = key.find(public_half, key.find(public_half) + 1);
    const std::string seed = key.substr(at + 32 + 4, 32);
    const std::string memory = memory_of(children_of(::getpid()).at(0));
    BOOST_TEST(memory.find(public_half) != std::string::npos); // the search finds what is there
    BOOST_TEST(memory.find(seed) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
