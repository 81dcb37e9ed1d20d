#include "common/net/socket_calls.hpp"
#include "common/os/tcp.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>

namespace common::net {

void set_options(Tcp::socket& socket)
{
    os::tune_connection(socket.native_handle());
}

void open_to_listen(Tcp::acceptor& acceptor, const Tcp& protocol, boost::system::error_code& error)
{
    // Not by Asio, which knows no SOCK_CLOEXEC: what is started just now would keep the port.
    os::Descriptor socket(::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
        error.assign(errno, boost::system::system_category());
        return;
    }
    // Only for the remains of closed connections: a port in use stays refused. Without it one waits for them.
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    acceptor.assign(protocol, socket.get(), error);
    if (!error)
        static_cast<void>(socket.release());
}

bool is_taken(const boost::system::error_code& error)
{
    return error == boost::system::errc::address_in_use;
}

void cut(Tcp::socket& socket)
{
    // Fails on a connection that is gone already, which is as well.
    ::shutdown(socket.native_handle(), SHUT_RDWR);
}

bool has_hung_up(Tcp::socket& socket)
{
    pollfd look{socket.native_handle(), POLLRDHUP, 0};
    return ::poll(&look, 1, 0) == 1;
}

int socket_error()
{
    return errno;
}

void clear_socket_error()
{
    errno = 0;
}

void survive_broken_connections()
{
    std::signal(SIGPIPE, SIG_IGN);
}

Tcp::socket take_over(asio::io_context& io, os::Descriptor dialled)
{
    Tcp::socket socket(io);
    boost::system::error_code error;
    socket.assign(Tcp::v4(), dialled.get(), error);
    if (error)
        throw network_error("taking over a socket", error);
    static_cast<void>(dialled.release());
    return socket;
}

} // namespace common::net
