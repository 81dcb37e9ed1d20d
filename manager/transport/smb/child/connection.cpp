#include "manager/transport/smb/child/connection.hpp"

#include "common/error.hpp"
#include "common/owned.hpp"

#include <algorithm>
#include <cerrno>
#include <netdb.h>
#include <sys/socket.h>
#include <system_error>

namespace manager::transport::smb::child {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;
using namespace std::chrono_literals;

namespace {

constexpr auto least_share = 1s;
constexpr auto answer_limit = 5s; ///< for each word of a talk, once there is a connection

using Addresses = common::Owned<addrinfo, freeaddrinfo>;

Addresses resolve(const std::string& host, std::uint16_t port)
{
    addrinfo wish{};
    wish.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wish, &found);
    if (failure != 0)
        throw Error(Trouble::unreachable,
                    "its name cannot be resolved: " + std::string(::gai_strerror(failure)));
    return Addresses(found);
}

std::size_t count_of(const addrinfo* one)
{
    std::size_t count = 0;
    for (; one != nullptr; one = one->ai_next)
        ++count;
    return count;
}

/// Connecting, too, counts as sending.
void limit(const Descriptor& socket, Deadline deadline)
{
    const auto left = deadline.left().count();
    const timeval time{left / 1000, left % 1000 * 1000 + 1}; // 0 would be for ever
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

std::string address_of(const Descriptor& socket, NameCall call)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    char text[NI_MAXHOST] = "";
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    if (call(socket.get(), address, &size) != 0 ||
        ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
        throw common::system_error("asking for the address of a connection");
    return text;
}

} // namespace

Deadline fair_share(Deadline deadline, std::size_t waiting)
{
    return Deadline::in(std::max<std::chrono::milliseconds>(least_share, deadline.left() / waiting));
}

Connection connect_to(const std::string& host, std::uint16_t port, Deadline deadline)
{
    const Addresses addresses = resolve(host, port);
    int failure = 0;
    std::size_t waiting = count_of(addresses.get());
    for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next, --waiting) {
        Descriptor socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        limit(socket, fair_share(deadline, waiting));
        if (socket && ::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0) {
            limit(socket, Deadline::in(answer_limit));
            std::string target = address_of(socket, ::getpeername);
            std::string ours = address_of(socket, ::getsockname);
            return {std::move(socket), std::move(target), std::move(ours)};
        }
        failure = errno == EINPROGRESS ? ETIMEDOUT : errno;
    }
    throw Error(Trouble::unreachable, std::generic_category().message(failure));
}

} // namespace manager::transport::smb::child
