#include "common/os/descriptor.hpp"
#include "tests/contract/ssh_child_rig.hpp"
#include "tests/support/line.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <netinet/in.h>
#include <random>
#include <thread>

using namespace ssh_child;

namespace {

/// True for an error that a person can do something with: a kind of its own, and one line.
bool is_clean(const Error& error)
{
    const bool kind = error.trouble() == Trouble::unreachable || error.trouble() == Trouble::denied ||
                      error.trouble() == Trouble::rejected;
    return kind && !error.text().empty() && common::one_line(error.text(), 5'000) == error.text();
}

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

BOOST_AUTO_TEST_SUITE(hostile_servers)

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