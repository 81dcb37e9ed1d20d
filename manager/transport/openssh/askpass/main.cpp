/// soapstone-askpass: what ssh starts when it wants to know something, a password or whether a host key is to
/// be trusted. It knows nothing itself: it hands the question to the manager that has started ssh, over the
/// socket that SOAPSTONE_DESK names, and prints the answer. It holds no secret longer than that takes. It
/// also makes ssh's connections.
///
///     soapstone-askpass PROMPT                                 as SSH_ASKPASS
///     soapstone-askpass --host-key NUMBER PURPOSE NAME KEY     as KnownHostsCommand
///     soapstone-askpass --connect HOST PORT SECONDS            as ProxyCommand, with ProxyUseFdpass
///
/// Ends with 1 when there is no answer.

#include "manager/transport/openssh/askpass/dial.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

bool write_all(int to, const char* bytes, std::size_t size)
{
    while (size > 0) {
        const ssize_t put = ::write(to, bytes, size);
        if (put <= 0)
            return false;
        bytes += put;
        size -= static_cast<std::size_t>(put);
    }
    return true;
}

int connected()
{
    const char* path = std::getenv("SOAPSTONE_DESK");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path == nullptr || std::strlen(path) >= sizeof address.sun_path)
        return -1;
    std::strcpy(address.sun_path, path);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return -1;
    return socket;
}

/// Passes on what comes, but for the first byte: '+' for an answer.
bool pass_on(int socket)
{
    char buffer[4096];
    bool good = false;
    bool first = true;
    for (;;) {
        const ssize_t got = ::read(socket, buffer, sizeof buffer);
        if (got <= 0)
            break;
        const std::size_t skipped = first ? 1 : 0;
        good = first ? buffer[0] == '+' : good;
        first = false;
        if (good && !write_all(STDOUT_FILENO, buffer + skipped, static_cast<std::size_t>(got) - skipped))
            good = false;
    }
    explicit_bzero(buffer, sizeof buffer);
    return good;
}

} // namespace

int main(int count, char** words)
{
    if (count == 5 && std::strcmp(words[1], "--connect") == 0)
        return manager::transport::openssh::dial(words[2], words[3], words[4]) ? 0 : 1;
    std::string question;
    for (int i = 1; i < count; ++i)
        question.append(words[i]).push_back('\0');
    const char* hint =
        std::getenv("SSH_ASKPASS_PROMPT"); // "confirm", "none": no question but a word to the user
    if (count == 2)
        question.append(hint == nullptr ? "" : hint).push_back('\0');
    const int socket = connected();
    if (socket < 0 || !write_all(socket, question.data(), question.size()) ||
        ::shutdown(socket, SHUT_WR) != 0)
        return 1;
    return pass_on(socket) ? 0 : 1;
}
