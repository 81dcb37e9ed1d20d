#include "manager/transport/control/frames.hpp"

#include "common/error.hpp"
#include "common/secret.hpp"
#include "manager/trust/wire.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace manager::transport::control {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

bool try_again(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/// Wipes a text at the end of its life: some of what is sent is a password.
struct Wiped {
    std::string text;
    ~Wiped() { common::wipe(text); }
};

} // namespace

void Frames::send(std::string_view head, std::string_view body, Deadline deadline) const
{
    const std::size_t size = head.size() + body.size();
    if (size > most_)
        throw Error(Trouble::defect, "a message to " + std::string(helper_) + " is too long");
    Wiped frame;
    frame.text.reserve(4 + size); // so that no half of a password stays behind
    frame.text += trust::wire::number(static_cast<std::uint32_t>(size));
    frame.text += head;
    frame.text += body;
    std::string_view rest = frame.text;
    while (!rest.empty()) {
        const ssize_t put = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0)
            rest.remove_prefix(static_cast<std::size_t>(put));
        else if (try_again(put))
            wait(POLLOUT, deadline);
        else
            throw common::system_error("talking to " + std::string(helper_));
    }
}

std::optional<std::string> Frames::receive(Deadline deadline) const
{
    char head[4];
    if (!read_all(head, sizeof head, deadline))
        return std::nullopt;
    const std::uint32_t size = *trust::wire::Reader({head, sizeof head}).number();
    if (size == 0 || size > most_)
        nonsense(helper_, "a message that is too long, or empty");
    std::string frame(size, '\0');
    if (!read_all(frame.data(), frame.size(), deadline))
        return std::nullopt;
    return frame;
}

bool Frames::read_all(char* bytes, std::size_t size, Deadline deadline) const
{
    while (size > 0) {
        const ssize_t got = ::recv(socket_, bytes, size, MSG_DONTWAIT);
        if (try_again(got)) {
            wait(POLLIN, deadline);
            continue;
        }
        if (got <= 0)
            return false;
        bytes += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

void Frames::wait(short events, Deadline deadline) const
{
    if (deadline.passed())
        throw Error(Trouble::unreachable, "no answer in time");
    pollfd socket{socket_, events, 0};
    static_cast<void>(::poll(&socket, 1, static_cast<int>(deadline.left().count())));
}

void nonsense(std::string_view helper, std::string_view what)
{
    throw Error(Trouble::defect,
                "soapstone and " + std::string(helper) +
                    " do not understand each other: " + std::string(what),
                "keep the two of one build side by side; if they are, the target may have broken the latter");
}

} // namespace manager::transport::control
