#include "manager/transport/ssh/control/line.hpp"

#include "common/error.hpp"

#include <sys/socket.h>

namespace manager::transport::ssh::control {

using common::Deadline;
using common::os::Descriptor;

std::pair<Descriptor, Descriptor> Line::make_pair()
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw common::system_error("making a control socket");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void Line::send(Word word, std::string_view body, Deadline deadline)
{
    const char head = static_cast<char>(word);
    frames_.send({&head, 1}, body, deadline);
}

std::optional<Message> Line::receive(Deadline deadline)
{
    std::optional<std::string> frame = frames_.receive(deadline);
    if (!frame)
        return std::nullopt;
    const auto word = static_cast<Word>(frame->front());
    frame->erase(0, 1); // in place: it may be a password, of which there is to be no second copy
    return Message{word, std::move(*frame)};
}

} // namespace manager::transport::ssh::control
