#include "common/net/listener.hpp"

#include "common/net/holders.hpp"

#include <boost/asio/ip/v6_only.hpp>

namespace common::net {

namespace {

Tcp::acceptor bound(const asio::any_io_executor& executor, const Tcp::endpoint& endpoint,
                    boost::system::error_code& error)
{
    Tcp::acceptor acceptor(executor);
    open_to_listen(acceptor, endpoint.protocol(), error);
    boost::system::error_code ignored; // a system without IPv4 has nothing to be taken in
    if (!error && endpoint.protocol() == Tcp::v6())
        acceptor.set_option(asio::ip::v6_only(false), ignored);
    if (!error)
        acceptor.bind(endpoint, error);
    return acceptor;
}

/// All addresses: both families in one socket where the system has IPv6, else IPv4.
asio::ip::address any_address(const asio::any_io_executor& executor)
{
    boost::system::error_code error;
    bound(executor, Tcp::endpoint(Tcp::v6(), 0), error);
    return error ? asio::ip::address(asio::ip::address_v4::any()) : asio::ip::address_v6::any();
}

/// The listening socket; nothing when the port is taken, which may show only in listen().
std::optional<Tcp::acceptor> try_port(const asio::any_io_executor& executor, const Tcp::endpoint& endpoint)
{
    boost::system::error_code error;
    Tcp::acceptor acceptor = bound(executor, endpoint, error);
    if (!error)
        acceptor.listen(Tcp::acceptor::max_listen_connections, error);
    if (!error)
        return acceptor;
    if (is_taken(error))
        return std::nullopt;
    const Error failure = network_error("listening on " + address_text(endpoint.address()) + " port " +
                                            std::to_string(endpoint.port()),
                                        error);
    if (error == boost::system::errc::permission_denied ||
        error == boost::system::errc::operation_not_permitted)
        throw Error(Trouble::denied, failure.text(), "ports below 1024 need root or CAP_NET_BIND_SERVICE");
    if (error == boost::system::errc::address_not_available)
        throw Error(Trouble::invalid, failure.text(), "name an address of this machine");
    throw Error(failure);
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
    const asio::ip::address where = address.empty() ? any_address(executor) : to_address(address);
    std::vector<std::uint16_t> taken;
    for (unsigned port = first; port <= last; ++port) {
        const Tcp::endpoint endpoint(where, static_cast<std::uint16_t>(port));
        std::optional<Tcp::acceptor> acceptor = try_port(executor, endpoint);
        if (!acceptor) {
            taken.push_back(static_cast<std::uint16_t>(port));
            continue;
        }
        const std::uint16_t got = acceptor->local_endpoint().port();
        return {std::move(*acceptor), Bound{got, std::move(taken)}};
    }
    fail_all_taken(address, taken);
}

} // namespace common::net
