#include "common/os/descriptor.hpp"
#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

using namespace rig;
using common::os::Descriptor;

namespace {

/// Carries bytes between a socket pair and a server's port, like a tunnel does, until either side ends.
class Tunnel {
public:
    explicit Tunnel(std::uint16_t port) : far_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        int ends[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        near_ = Descriptor(ends[0]);
        ours_ = Descriptor(ends[1]);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(::connect(far_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        out_ = std::thread([this] { carry(ours_.get(), far_.get()); });
        back_ = std::thread([this] { carry(far_.get(), ours_.get()); });
    }
    ~Tunnel()
    {
        cut();
        out_.join();
        back_.join();
    }
    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    Descriptor socket() const { return Descriptor(::dup(near_.get())); }
    void cut() const
    {
        ::shutdown(ours_.get(), SHUT_RDWR);
        ::shutdown(far_.get(), SHUT_RDWR);
    }

private:
    static void carry(int from, int to)
    {
        char bytes[4096];
        for (ssize_t got = 0; (got = ::read(from, bytes, sizeof bytes)) > 0;)
            if (::send(to, bytes, static_cast<std::size_t>(got), MSG_NOSIGNAL) != got)
                break;
        ::shutdown(to, SHUT_WR);
    }

    Descriptor near_;
    Descriptor ours_;
    Descriptor far_;
    std::thread out_;
    std::thread back_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(net_dial)

BOOST_AUTO_TEST_CASE(a_client_that_dials_makes_one_connection_for_many_calls_and_a_new_one_after_a_cut)
{
    Host host(echo_router());
    std::vector<std::unique_ptr<Tunnel>> tunnels;
    const auto dial = [&] { return tunnels.emplace_back(std::make_unique<Tunnel>(host.port))->socket(); };
    Client client(host.loop, pair().client_context(), dial, "the tunnel");

    for (int i = 0; i < 3; ++i)
        BOOST_TEST(client.exchange(post("/echo", "hello"), Deadline::in(5s)).body == "hello");
    BOOST_TEST(tunnels.size() == 1);

    tunnels.back()->cut();
    BOOST_CHECK_EXCEPTION(client.exchange(post("/echo", "hello"), Deadline::in(5s)), Error,
                          [](const Error& error) { return error.trouble() == Trouble::unreachable; });
    BOOST_TEST(client.exchange(post("/echo", "again"), Deadline::in(5s)).body == "again");
    BOOST_TEST(tunnels.size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
