#include "common/os/audit.hpp"
#include "common/os/descriptor.hpp"

#include <ctime>
#include <sys/socket.h>
#include <sys/syslog.h>
#include <sys/un.h>
#include <unistd.h>

namespace common::os {

namespace {

/// As log daemons expect it: `Nov 27 03:10:01`, local time.
std::string stamp()
{
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%b %e %H:%M:%S", &local)};
}

} // namespace

/// Not by syslog(3): it waits for a daemon that hangs, and would hold up an agent with it.
void Audit::send(Severity severity, const std::string& line) const
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket_.string();
    if (path.size() >= sizeof address.sun_path)
        return;
    path.copy(address.sun_path, path.size());
    const int level = severity == Severity::warning ? LOG_WARNING : LOG_NOTICE;
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const std::string message = '<' + std::to_string(LOG_AUTHPRIV | level) + '>' + stamp() + ' ' + program_ +
                                '[' + std::to_string(::getpid()) + "]: " + line;
    if (socket)
        static_cast<void>(!::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                                    reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

} // namespace common::os
