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

/// What has come from one side; empty at the end.
std::string take(int from)
{
    char buffer[16 << 10];
    const ssize_t got = ::recv(from, buffer, sizeof buffer, 0);
    return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

bool give(int to, const std::string& bytes)
{
    return ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

} // namespace

Line::Line(std::uint16_t to, End end, std::uint64_t after, int broken)
    : to_(to), end_(end), after_(after), broken_(broken), listener_(tcp_socket()),
      stop_(::eventfd(0, EFD_CLOEXEC))
{
    start();
}

Line::Line(std::uint16_t to, Change change)
    : to_(to), end_(End::never), after_(0), broken_(0), change_(std::move(change)), listener_(tcp_socket()),
      stop_(::eventfd(0, EFD_CLOEXEC))
{
    start();
}

void Line::start()
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
    std::uint64_t said = 0; // by the server
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
            const std::string bytes = take(client);
            if (bytes.empty() || !give(server, bytes))
                return;
            carried += bytes.size();
        }
        if (waiting[2].revents != 0) {
            const std::string bytes = take(server);
            if (bytes.empty() || !give(client, change_ ? change_(bytes, said) : bytes))
                return;
            said += bytes.size();
        }
    }
}

} // namespace tests
