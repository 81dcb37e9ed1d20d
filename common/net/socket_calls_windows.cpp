#include "common/net/socket_calls.hpp"

#include <mstcpip.h>
#include <windows.h>

namespace common::net {

namespace {

/// Options of Windows that mingw's headers lack, as in Microsoft's ws2ipdef.h.
constexpr int tcp_maxrt = 5;    // s, of sending again
constexpr int tcp_keepcnt = 16; // since Windows 10 1703
// As on Linux, see common/os/tcp_linux.cpp: a dead peer is noticed after twice the silence at the latest.
constexpr int silence = 7; // s
constexpr int probes = 5;
constexpr DWORD probe_after = 2'000; // ms
constexpr DWORD probe_every = 1'000;

void set_option(SOCKET socket, int level, int name, int value)
{
    // A Windows without it serves us all the same.
    ::setsockopt(socket, level, name, reinterpret_cast<const char*>(&value), sizeof value);
}

boost::system::error_code last_error()
{
    return {::WSAGetLastError(), boost::system::system_category()};
}

} // namespace

void set_options(Tcp::socket& socket)
{
    const SOCKET handle = socket.native_handle();
    set_option(handle, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(handle, IPPROTO_TCP, tcp_maxrt, silence);
    tcp_keepalive keep{1, probe_after, probe_every};
    DWORD unused = 0;
    ::WSAIoctl(handle, SIO_KEEPALIVE_VALS, &keep, sizeof keep, nullptr, 0, &unused, nullptr, nullptr);
    set_option(handle, IPPROTO_TCP, tcp_keepcnt, probes);
}

void open_to_listen(Tcp::acceptor& acceptor, const Tcp& protocol, boost::system::error_code& error)
{
    // Not by Asio, whose sockets are inherited: what is started just now would keep the port.
    const SOCKET socket = ::WSASocketW(protocol.family(), SOCK_STREAM, IPPROTO_TCP, nullptr, 0,
                                       WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (socket == INVALID_SOCKET) {
        error = last_error();
        return;
    }
    // Without it, another program could bind our port as well and take our calls.
    set_option(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
    acceptor.assign(protocol, socket, error);
    if (error)
        ::closesocket(socket);
}

bool is_taken(const boost::system::error_code& error)
{
    return error == boost::system::errc::address_in_use || error == boost::system::errc::permission_denied;
}

void cut(Tcp::socket& socket)
{
    // The shutdown stops what begins from now on, the cancellation wakes what waits already. Windows allows
    // both from any thread, and so does Asio's code for it, as long as the socket stays open.
    boost::system::error_code ignored;
    socket.shutdown(Tcp::socket::shutdown_both, ignored);
    socket.cancel(ignored);
}

bool has_hung_up(Tcp::socket&)
{
    return false; // its poll knows no such event; here, nobody is let wait for long
}

int socket_error()
{
    return last_error().default_error_condition().value();
}

void clear_socket_error()
{
    ::WSASetLastError(0);
}

void survive_broken_connections()
{
    // Windows has no signal for it.
}

Tcp::socket take_over(asio::io_context&, os::Descriptor)
{
    throw Error(Trouble::defect, "a connection was dialled; on Windows, a descriptor is no socket");
}

} // namespace common::net
