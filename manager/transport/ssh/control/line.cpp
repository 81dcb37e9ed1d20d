#include "manager/transport/ssh/control/line.hpp"

#include "common/secret.hpp"
#include "manager/trust/wire.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace manager::transport::ssh::control {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;

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

std::pair<Descriptor, Descriptor> Line::make_pair()
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw common::system_error("making a control socket");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void Line::send(Word word, std::string_view body, Deadline deadline)
{
    if (body.size() >= most)
        throw Error(Trouble::defect, "a message to soapstone-ssh is too long");
    Wiped frame;
    frame.text.reserve(5 + body.size()); // so that no half of a password stays behind
    frame.text += trust::wire::number(static_cast<std::uint32_t>(body.size() + 1));
    frame.text += static_cast<char>(word);
    frame.text += body;
    std::string_view rest = frame.text;
    while (!rest.empty()) {
        const ssize_t put = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0)
            rest.remove_prefix(static_cast<std::size_t>(put));
        else if (try_again(put))
            wait(POLLOUT, deadline);
        else
            throw common::system_error("talking to soapstone-ssh");
    }
}

std::optional<Message> Line::receive(Deadline deadline)
{
    char head[4];
    if (!read_all(head, sizeof head, deadline))
        return std::nullopt;
    const std::uint32_t size = *trust::wire::Reader({head, sizeof head}).number();
    if (size == 0 || size > most)
        nonsense("a message that is too long, or empty");
    char word = 0;
    Message message;
    message.body.resize(size - 1);
    if (!read_all(&word, 1, deadline) || !read_all(message.body.data(), message.body.size(), deadline))
        return std::nullopt;
    message.word = static_cast<Word>(word);
    return message;
}

bool Line::read_all(char* bytes, std::size_t size, Deadline deadline)
{
    while (size > 0) {
        const ssize_t got = ::recv(socket_.get(), bytes, size, MSG_DONTWAIT);
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

void Line::wait(short events, Deadline deadline)
{
    if (deadline.passed())
        throw Error(Trouble::unreachable, "no answer in time");
    pollfd socket{socket_.get(), events, 0};
    static_cast<void>(::poll(&socket, 1, static_cast<int>(deadline.left().count())));
}

} // namespace manager::transport::ssh::control
