#include "manager/transport/openssh/askpass/dial.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/transport/tcp/connect.hpp"

#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace manager::transport::openssh {

namespace {

/// One byte, and the descriptor with it.
bool pass(int to, int descriptor)
{
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof descriptor)]{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return ::sendmsg(to, &message, 0) == 1;
}

} // namespace

bool dial(const std::string& host, const std::string& port, const std::string& seconds)
{
    try {
        const auto limit = std::chrono::seconds(common::to_number(seconds).value_or(0));
        const auto number = static_cast<std::uint16_t>(common::to_number(port).value_or(0));
        const common::os::Descriptor socket = tcp::connect_to(host, number, common::Deadline::in(limit));
        ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK); // as ssh would have it
        return pass(STDOUT_FILENO, socket.get());
    } catch (const common::Error& error) {
        std::fprintf(stderr, "%s\n", error.text().c_str());
        return false;
    }
}

} // namespace manager::transport::openssh
