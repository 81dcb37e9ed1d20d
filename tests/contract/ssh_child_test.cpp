#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "manager/transport/ssh/ssh_connector.hpp"
#include "manager/trust/base64.hpp"
#include "tests/support/line.hpp"
#include "tests/support/transport_rigs.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>

using namespace manager;
using namespace std::chrono_literals;
using namespace tests;
using common::Deadline;
using common::Error;
using common::Trouble;
using transport::shell::Channel;
using transport::shell::Progress;

namespace {

constexpr auto limit = 60s; // for what is to succeed, on a machine that is busy with other things

SshHost& host()
{
    return SshRig::host();
}

std::uint16_t usual_port()
{
    static const std::uint16_t port = host().sshd({"MaxStartups 100"});
    return port;
}

/// Logs root in by key, on a port of its own choice.
class Site {
public:
    explicit Site(std::uint16_t port = usual_port()) : credentials_(means()), known_({known_hosts(port)})
    {
        target_.name = target_.host = "127.0.0.1";
        target_.port = port;
        target_.user = "root";
        patience.retries = 0;
    }

    std::unique_ptr<Channel> open(const std::string& command, std::chrono::seconds time = limit)
    {
        return transport::ssh::SshConnector(target_, credentials_, known_, false, patience)
            .open(command, Deadline::in(time));
    }

    transport::shell::Patience patience;

private:
    static trust::LoginOptions means()
    {
        trust::LoginOptions means;
        means.use_agent = false;
        means.identities.push_back(host().user_key("ed25519"));
        return means;
    }

    std::filesystem::path known_hosts(std::uint16_t port)
    {
        return scratch_.file("known_hosts",
                             "[127.0.0.1]:" + std::to_string(port) + ' ' + host().host_key("ed25519") + '\n');
    }

    Scratch scratch_;
    target::Target target_;
    trust::Credentials credentials_;
    trust::KnownHosts known_;
};

struct Outcome {
    std::string output;
    std::string problems;
    int status;
};

/// Gives `input` to a command and takes what it says until it ends.
Outcome talk(Channel& channel, std::string_view input)
{
    const Deadline deadline = Deadline::in(limit);
    Outcome outcome{};
    bool open = true;
    for (bool ended = false; !ended;) {
        const Progress progress = channel.exchange(input, deadline);
        input.remove_prefix(progress.sent);
        outcome.output += progress.output;
        outcome.problems += progress.problems;
        ended = progress.ended;
        if (open && input.empty()) {
            ::shutdown(channel.stream(), SHUT_WR);
            open = false;
        }
    }
    outcome.status = channel.status(deadline);
    return outcome;
}

Outcome run(const std::string& command, std::string_view input = {})
{
    Site site;
    return talk(*site.open(command), input);
}

std::string random_bytes(std::size_t size)
{
    std::mt19937 random(42);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

/// The processes called soapstone-ssh that `parent` has.
std::vector<pid_t> children_of(pid_t parent)
{
    std::vector<pid_t> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto pid = common::to_number(entry.path().filename().string());
        if (!pid)
            continue;
        const auto stat = common::os::read_file_if_there(entry.path() / "stat");
        const std::string name = "(soapstone-ssh) ";
        const std::size_t at = stat ? stat->find(name) : std::string::npos;
        if (at == std::string::npos)
            continue;
        const std::vector<std::string> fields = common::split(stat->substr(at + name.size()), ' ');
        if (fields[0] != "Z" && fields[1] == std::to_string(parent))
            children.push_back(static_cast<pid_t>(*pid));
    }
    return children;
}

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

/// True for an error that a person can do something with: a kind of its own, and one line.
bool is_clean(const Error& error)
{
    const bool kind = error.trouble() == Trouble::unreachable || error.trouble() == Trouble::denied ||
                      error.trouble() == Trouble::rejected;
    return kind && !error.text().empty() && common::one_line(error.text(), 5'000) == error.text();
}

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
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) != 3 || rights[1] != 'w')
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

BOOST_AUTO_TEST_SUITE(ssh_child)

BOOST_AUTO_TEST_CASE(the_manager_itself_has_no_libssh2)
{
    BOOST_TEST(common::os::read_file("/proc/self/maps").find("libssh2") == std::string::npos);
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

BOOST_AUTO_TEST_SUITE(hostile_servers)

namespace {

/// A server that says what it likes to one client, again and again if it is to.
class Speaker {
public:
    Speaker(std::string bytes, bool for_ever) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        BOOST_REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        BOOST_REQUIRE(::listen(listener_.get(), 1) == 0);
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, bytes = std::move(bytes), for_ever] {
            const common::os::Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            while (::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0 && for_ever) {
            }
            for (char buffer[4096]; ::recv(client.get(), buffer, sizeof buffer, 0) > 0;) {
            }
        });
    }
    ~Speaker()
    {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }

    std::uint16_t port() const { return port_; }

private:
    common::os::Descriptor listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

void check_fails_cleanly(const std::string& bytes, bool for_ever = false)
{
    const Speaker speaker(bytes, for_ever);
    Site site(speaker.port());
    site.patience.login = 1s;
    BOOST_CHECK_EXCEPTION(site.open("true"), Error, is_clean);
}

std::string packet(std::uint32_t length, const std::string& rest)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(length >> shift);
    return "SSH-2.0-OpenSSH_9.2p1\r\n" + bytes + rest;
}

/// Changes each connection at one place of its first bytes: where they are not yet encrypted for the most
/// part.
class Meddler {
public:
    explicit Meddler(unsigned seed) : random_(seed) {}

    std::string operator()(std::string bytes, std::uint64_t at)
    {
        if (at == 0)
            place_ = below(2'200);
        if (place_ < at || place_ >= at + bytes.size())
            return bytes;
        const std::size_t here = place_ - at;
        const std::size_t size = std::min<std::size_t>(1 + below(16), bytes.size() - here);
        switch (below(5)) {
        case 0:
            bytes[here] = static_cast<char>(bytes[here] ^ (1 << below(8)));
            break;
        case 1:
            bytes.replace(here, size, noise(size));
            break;
        case 2:
            bytes.insert(here, noise(size));
            break;
        case 3:
            bytes.erase(here, size);
            break;
        default: // looks like a length
            bytes.replace(here, std::min<std::size_t>(4, bytes.size() - here), "\xff\xff\xff\xf0");
        }
        return bytes;
    }

private:
    unsigned below(unsigned most) { return static_cast<unsigned>(random_() % most); }

    std::string noise(std::size_t size)
    {
        std::string bytes(size, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random_());
        return bytes;
    }

    std::mt19937 random_;
    std::uint64_t place_ = 0;
};

/// Logs in again and again through a meddler. Made in one thread, run in another.
class MeddledSite {
public:
    explicit MeddledSite(unsigned seed) : line_(usual_port(), Meddler(seed)), site_(line_.port())
    {
        site_.patience.login = 2s;
    }

    void run(int rounds)
    {
        for (int round = 0; round < rounds; ++round) {
            try {
                site_.open("true");
            } catch (const Error& error) {
                ++failed;
                if (!is_clean(error))
                    unclean.push_back(error.text());
            }
        }
    }

    int failed = 0;
    std::vector<std::string> unclean;

private:
    Line line_;
    Site site_;
};

} // namespace

BOOST_AUTO_TEST_CASE(garbage_is_one_clean_error)
{
    check_fails_cleanly(random_bytes(100'000));
    check_fails_cleanly(std::string(100'000, '\0'));
    check_fails_cleanly(std::string(300'000, 'x'));
    check_fails_cleanly(packet(0xFFFFFFFF, random_bytes(1'000)));
    check_fails_cleanly(packet(0, random_bytes(1'000)));
    check_fails_cleanly(packet(1, random_bytes(1'000)));
    check_fails_cleanly(packet(34'000, '\4' + ('\x14' + random_bytes(33'998))));          // a KEXINIT
    check_fails_cleanly(packet(12, std::string("\4\1\0\0\0\2\xff\xff\xff\xff\0\0", 12))); // a DISCONNECT
}

BOOST_AUTO_TEST_CASE(a_server_that_never_stops_talking_is_given_up)
{
    const auto before = std::chrono::steady_clock::now();
    check_fails_cleanly("welcome to a long story\r\n", true);
    BOOST_TEST((std::chrono::steady_clock::now() - before < 12s)); // the login limit, grace, and the kill
    BOOST_TEST(children_of(::getpid()).empty());
}

BOOST_AUTO_TEST_CASE(two_hundred_changed_handshakes_harm_nobody)
{
    std::deque<MeddledSite> sites;
    for (const unsigned seed : {1u, 2u, 3u, 4u})
        sites.emplace_back(seed);
    std::vector<std::thread> threads;
    for (MeddledSite& site : sites)
        threads.emplace_back([&site] { site.run(50); });
    for (std::thread& thread : threads)
        thread.join();
    int failed = 0;
    for (const MeddledSite& site : sites) {
        failed += site.failed;
        for (const std::string& text : site.unclean)
            BOOST_ERROR("not clean: " << text);
    }
    BOOST_TEST_MESSAGE(failed << " of 200 logins failed");
    BOOST_TEST(failed > 100); // the others changed nothing that matters, or nothing at all
    BOOST_TEST(children_of(::getpid()).empty());
    BOOST_TEST(run("echo alive").output == "alive\n");
}

BOOST_AUTO_TEST_SUITE_END()
