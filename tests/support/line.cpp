#include "tests/support/line.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace tests {

using common::os::Descriptor;

namespace {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

Descriptor tcp_socket()
{
    return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/// Bytes carried from one side to the other; 0 at the end.
std::uint64_t carry(int from, int to)
{
    char buffer[16 << 10];
    const ssize_t got = ::recv(from, buffer, sizeof buffer, 0);
    if (got <= 0 || ::send(to, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) != got)
        return 0;
    return static_cast<std::uint64_t>(got);
}

} // namespace

Line::Line(std::uint16_t to, End end, std::uint64_t after, int broken)
    : to_(to), end_(end), after_(after), broken_(broken), listener_(tcp_socket()),
      stop_(::eventfd(0, EFD_CLOEXEC))
{
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 5) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no line");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

Line::~Line()
{
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void Line::serve()
{
    for (;;) {
        pollfd waiting[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
        ::poll(waiting, 2, -1);
        if (waiting[1].revents != 0)
            return;
        const Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const Descriptor server = tcp_socket();
        const sockaddr_in address = loopback(to_);
        ++connections_;
        if (client &&
            ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            forward(client.get(), server.get());
    }
}

void Line::forward(int client, int server)
{
    std::uint64_t carried = 0;
    for (;;) {
        const bool over = end_ != End::never && connections_ <= broken_ && carried >= after_;
        if (over && end_ == End::closed)
            return;
        pollfd waiting[] = {
            {stop_.get(), POLLIN, 0}, {over ? -1 : client, POLLIN, 0}, {over ? -1 : server, POLLIN, 0}};
        ::poll(waiting, 3, -1);
        if (waiting[0].revents != 0)
            return;
        if (waiting[1].revents != 0) {
            const std::uint64_t bytes = carry(client, server);
            if (bytes == 0)
                return;
            carried += bytes;
        }
        if (waiting[2].revents != 0 && carry(server, client) == 0)
            return;
    }
}

} // namespace tests
