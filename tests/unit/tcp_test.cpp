#include "common/os/descriptor.hpp"
#include "common/os/tcp.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <future>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using common::os::Descriptor;
using Seconds = std::chrono::duration<double>;

/// Both ends of a connection over loopback; the near one is tuned.
struct Connection {
    Connection()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const name = reinterpret_cast<sockaddr*>(&address);
        const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        BOOST_REQUIRE_EQUAL(::bind(listener.get(), name, size), 0);
        BOOST_REQUIRE_EQUAL(::listen(listener.get(), 1), 0);
        BOOST_REQUIRE_EQUAL(::getsockname(listener.get(), name, &size), 0);
        BOOST_REQUIRE_EQUAL(::connect(near.get(), name, size), 0);
        far = Descriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        common::os::tune_connection(near.get());
        exchange_one_byte();
    }

    void exchange_one_byte()
    {
        char byte = 'x';
        BOOST_REQUIRE_EQUAL(::send(near.get(), &byte, 1, MSG_NOSIGNAL), 1);
        BOOST_REQUIRE_EQUAL(::recv(far.get(), &byte, 1, 0), 1);
    }

    Descriptor near{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    Descriptor far;
};

/// A network of this thread's own, on which it can be made silent.
class PrivateNetwork {
public:
    PrivateNetwork()
    {
        BOOST_REQUIRE_EQUAL(::unshare(CLONE_NEWNET), 0);
        BOOST_REQUIRE_EQUAL(std::system("ip link set lo up"), 0);
    }

    void fall_silent()
    {
        BOOST_REQUIRE_EQUAL(std::system("nft 'add table inet silence; add chain inet silence input "
                                        "{ type filter hook input priority 0; policy drop; }'"),
                            0);
    }
};

/// How long a connection lives after its peer fell silent, when something is written `write_after` that.
Seconds lifetime(Connection& connection, std::optional<std::chrono::milliseconds> write_after)
{
    const auto begin = std::chrono::steady_clock::now();
    pollfd waiting{connection.near.get(), POLLIN, 0};
    if (write_after && ::poll(&waiting, 1, static_cast<int>(write_after->count())) == 0)
        static_cast<void>(::send(connection.near.get(), "y", 1, MSG_NOSIGNAL));
    static_cast<void>(::poll(&waiting, 1, 30'000));
    return std::chrono::steady_clock::now() - begin;
}

boost::test_tools::assertion_result as_root(boost::unit_test::test_unit_id)
{
    return ::geteuid() == 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tcp)

BOOST_AUTO_TEST_CASE(a_dead_peer_is_noticed_within_15_s_whenever_we_write_to_it,
                     *boost::unit_test::precondition(as_root))
{
    constexpr std::array<std::optional<std::chrono::milliseconds>, 5> moments{std::nullopt, 100ms, 3'000ms,
                                                                              6'000ms, 6'500ms};
    std::array<Seconds, moments.size()> lifetimes{};
    std::async(std::launch::async,
               [&] { // a thread with a network of its own
                   PrivateNetwork network;
                   std::array<Connection, moments.size()> connections;
                   network.fall_silent();
                   std::array<std::future<void>, moments.size()> ends;
                   for (std::size_t i = 0; i < moments.size(); ++i)
                       ends[i] = std::async(std::launch::async,
                                            [&, i] { lifetimes[i] = lifetime(connections[i], moments[i]); });
               })
        .get();
    for (const Seconds& each : lifetimes) {
        BOOST_TEST(each.count() > 5); // a short pause of the network is no death
        BOOST_TEST(each.count() < 15);
    }
}

BOOST_AUTO_TEST_SUITE_END()
