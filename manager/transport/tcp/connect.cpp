#include "manager/transport/tcp/connect.hpp"

#include "common/error.hpp"
#include "common/os/tcp.hpp"
#include "common/owned.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <vector>

namespace manager::transport::tcp {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;

namespace {

constexpr std::chrono::milliseconds head_start{
    250}; // RFC 8305: what one address gets before the next is tried

using AddressList = common::Owned<addrinfo, freeaddrinfo>;

AddressList look_up(const std::string& host, std::uint16_t port)
{
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const std::string service = std::to_string(port);
    int error = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &list);
    if (error == EAI_NONAME || error == EAI_ADDRFAMILY) { // loopback alone does not count as "configured"
        wanted.ai_flags = AI_NUMERICSERV;
        error = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &list);
    }
    if (error != 0)
        throw Error(Trouble::unreachable, "looking up " + host + ": " + ::gai_strerror(error),
                    "check the name, or give the target's address");
    return AddressList(list);
}

/// All attempts that are under way at the same time.
class Race {
public:
    /// Begins one more; false when it failed at once.
    bool begin(const addrinfo& address)
    {
        Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!socket ||
            (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS)) {
            error_ = errno;
            return false;
        }
        sockets_.push_back(std::move(socket));
        return true;
    }

    bool empty() const { return sockets_.empty(); }
    int error() const { return error_; }

    /// The first that is connected, if one is before `deadline`; drops those that failed.
    Descriptor wait(Deadline deadline)
    {
        std::vector<pollfd> waiting;
        for (const Descriptor& socket : sockets_)
            waiting.push_back({socket.get(), POLLOUT, 0});
        static_cast<void>(::poll(waiting.data(), waiting.size(), static_cast<int>(deadline.left().count())));
        for (std::size_t i = 0; i < waiting.size(); ++i)
            if (waiting[i].revents != 0 && finished(waiting[i].fd))
                return std::move(sockets_[i]);
        std::erase_if(sockets_, [&](const Descriptor& socket) { return failed(waiting, socket.get()); });
        return {};
    }

private:
    bool finished(int socket)
    {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
            error_ = error;
        return error == 0;
    }

    static bool failed(const std::vector<pollfd>& waiting, int socket)
    {
        return std::any_of(waiting.begin(), waiting.end(),
                           [&](const pollfd& entry) { return entry.fd == socket && entry.revents != 0; });
    }

    std::vector<Descriptor> sockets_;
    int error_ = ETIMEDOUT;
};

Error no_connection(const std::string& host, std::uint16_t port, int error)
{
    return {
        Trouble::unreachable,
        "connecting to " + host + " port " + std::to_string(port) + ": " + std::strerror(error),
        "check that the target runs, that its SSH server listens there, and that no firewall is in between"};
}

} // namespace

Descriptor connect_to(const std::string& host, std::uint16_t port, Deadline deadline)
{
    const AddressList list = look_up(host, port);
    Race race;
    const addrinfo* next = list.get();
    while (next != nullptr || !race.empty()) {
        if (next != nullptr) {
            const bool begun = race.begin(*next);
            next = next->ai_next;
            if (!begun)
                continue;
        }
        const Deadline until = next == nullptr ? deadline : deadline.or_before(Deadline::in(head_start));
        if (Descriptor socket = race.wait(until)) {
            common::os::tune_connection(socket.get());
            return socket;
        }
        if (deadline.passed())
            throw no_connection(host, port, ETIMEDOUT);
    }
    throw no_connection(host, port, race.error());
}

} // namespace manager::transport::tcp
