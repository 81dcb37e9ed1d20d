#include "common/net/listener.hpp"

#include "common/net/holders.hpp"
#include "common/os/descriptor.hpp"

#include <cerrno>

namespace common::net {

namespace {

os::Descriptor make_socket(int family)
{
    os::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        return socket;
    const int on = 1;
    const int off = 0;
    // Only for the remains of closed connections: a port in use stays refused.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6)
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return socket;
}

/// All addresses: both families in one socket where the system has IPv6, else IPv4.
asio::ip::address any_address()
{
    const os::Descriptor probe = make_socket(AF_INET6);
    const Tcp::endpoint any(asio::ip::address_v6::any(), 0);
    if (probe && ::bind(probe.get(), any.data(), static_cast<socklen_t>(any.size())) == 0)
        return asio::ip::address_v6::any();
    return asio::ip::address_v4::any();
}

/// The listening socket; nothing when the port is taken. With SO_REUSEADDR that may show only in listen().
std::optional<os::Descriptor> try_port(const Tcp::endpoint& endpoint)
{
    os::Descriptor socket = make_socket(endpoint.protocol().family());
    const bool listens =
        socket && ::bind(socket.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
        ::listen(socket.get(), SOMAXCONN) == 0;
    if (listens)
        return socket;
    if (errno == EADDRINUSE)
        return std::nullopt;
    const Error error = system_error("listening on " + address_text(endpoint.address()) + " port " +
                                     std::to_string(endpoint.port()));
    if (errno == EACCES || errno == EPERM)
        throw Error(Trouble::denied, error.text(), "ports below 1024 need root or CAP_NET_BIND_SERVICE");
    if (errno == EADDRNOTAVAIL)
        throw Error(Trouble::invalid, error.text(), "name an address of this machine");
    throw Error(error);
}

[[noreturn]] void fail_all_taken(const std::string& address, const std::vector<std::uint16_t>& taken)
{
    constexpr std::size_t most_named = 10;
    std::string text = "no free port in " + std::to_string(taken.front()) + ".." +
                       std::to_string(taken.back()) + " at " + (address.empty() ? "all addresses" : address);
    for (std::size_t i = 0; i < taken.size() && i < most_named; ++i)
        text += (i == 0 ? ": " : ", ") + std::to_string(taken[i]) + " is held by " + holder_of(taken[i]);
    if (taken.size() > most_named)
        text += " and so on";
    throw Error(Trouble::busy, std::move(text), "stop these programs or choose other ports");
}

} // namespace

Listening start_listening(const asio::any_io_executor& executor, const std::string& address,
                          std::uint16_t first, std::uint16_t last)
{
    if (last < first)
        throw Error(Trouble::invalid, "the range of ports ends before it begins");
    const asio::ip::address where = address.empty() ? any_address() : to_address(address);
    std::vector<std::uint16_t> taken;
    for (unsigned port = first; port <= last; ++port) {
        const Tcp::endpoint endpoint(where, static_cast<std::uint16_t>(port));
        std::optional<os::Descriptor> socket = try_port(endpoint);
        if (!socket) {
            taken.push_back(static_cast<std::uint16_t>(port));
            continue;
        }
        Tcp::acceptor acceptor(executor, endpoint.protocol(), socket->release());
        const std::uint16_t got = acceptor.local_endpoint().port();
        return {std::move(acceptor), Bound{got, std::move(taken)}};
    }
    fail_all_taken(address, taken);
}

} // namespace common::net
