#include "agent/relay_linux.hpp"

#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace agent::relay {

using common::os::Descriptor;

namespace {

constexpr timeval connect_limit{5, 0}; // within one machine

/// No open descriptor when nobody listens.
Descriptor connect_to(const char* address, const char* port)
{
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address, port, &wanted, &found) != 0)
        return {};
    Descriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket) // counts for connect() too
        ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &connect_limit, sizeof connect_limit);
    const bool connected = socket && ::connect(socket.get(), found->ai_addr, found->ai_addrlen) == 0;
    ::freeaddrinfo(found);
    if (!connected)
        return {};
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

/// One direction. Bytes wait here until the far side takes them, so that neither side waits for the other.
class Flow {
public:
    /// `most`: bytes of one write, which after poll() never blocks.
    Flow(int from, int to, std::size_t most) : from_(from), to_(to), most_(most) {}

    bool wants_to_read() const { return used_ == 0; }
    bool wants_to_write() const { return used_ > 0; }

    /// False at the end of the stream, or when it broke.
    bool read()
    {
        const ssize_t got = ::read(from_, bytes_.data(), bytes_.size());
        if (got > 0) {
            used_ = static_cast<std::size_t>(got);
            at_ = 0;
        }
        return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    }

    bool write()
    {
        const ssize_t put = ::write(to_, bytes_.data() + at_, std::min(used_, most_));
        if (put > 0) {
            at_ += static_cast<std::size_t>(put);
            used_ -= static_cast<std::size_t>(put);
        }
        return put > 0 || errno == EAGAIN || errno == EINTR;
    }

private:
    int from_;
    int to_;
    std::size_t most_;
    std::array<char, 64 << 10> bytes_{};
    std::size_t at_ = 0;
    std::size_t used_ = 0;
};

constexpr short over = POLLHUP | POLLERR | POLLNVAL;

/// Both ways until one side ends: TLS, which goes through here, does not go on with half a connection.
void carry(int socket)
{
    Flow out(0, socket, SIZE_MAX);
    Flow back(socket, 1, PIPE_BUF);
    for (;;) {
        const auto events = [](bool reads, bool writes) {
            return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        };
        pollfd ends[] = {
            {out.wants_to_read() ? 0 : -1, POLLIN, 0},
            {1, events(false, back.wants_to_write()), 0},
            {socket, events(back.wants_to_read(), out.wants_to_write()), 0},
        };
        if (::poll(ends, std::size(ends), -1) < 0 && errno != EINTR)
            return;
        if (out.wants_to_read() ? ends[0].revents != 0 && !out.read()
                                : (ends[2].revents & POLLOUT) != 0 && !out.write())
            return;
        if (back.wants_to_read() ? (ends[2].revents & (POLLIN | over)) != 0 && !back.read()
                                 : (ends[1].revents & POLLOUT) != 0 && !back.write())
            return;
        if ((ends[1].revents & over) != 0) // nobody reads any more
            return;
    }
}

} // namespace

int main(const char* marker, const char* address, const char* port)
{
    const Descriptor socket = connect_to(address, port);
    const std::string answer = std::string(marker) + (socket ? " UP\n" : " GONE\n");
    try {
        common::os::write_all(1, answer, "the answer");
    } catch (const common::Error&) {
        return 1; // nobody is there to be told
    }
    if (socket)
        carry(socket.get());
    return 0;
}

} // namespace agent::relay
