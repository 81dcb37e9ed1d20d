#include "common/os/audit.hpp"

#include "common/os/descriptor.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <ctime>
#include <sys/socket.h>
#include <sys/syslog.h>
#include <sys/un.h>
#include <unistd.h>

namespace common::os {

namespace {

constexpr std::size_t most_value = 200; ///< bytes; the whole line must fit what log daemons take

bool is_plain(const std::string& value)
{
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
    });
}

std::string quoted(const std::string& value)
{
    const std::string text = one_line(value, most_value);
    if (is_plain(text))
        return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

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

Audit::Audit(std::string program, Facts always, std::filesystem::path socket)
    : program_(std::move(program)), always_(std::move(always)), socket_(std::move(socket))
{
}

void Audit::tell(std::string_view event, const Facts& facts) const
{
    send(LOG_NOTICE, line(event, facts));
}

void Audit::warn(std::string_view event, const Facts& facts) const
{
    send(LOG_WARNING, line(event, facts));
}

std::string Audit::line(std::string_view event, const Facts& facts) const
{
    std::string text = "event=" + std::string(event);
    for (const Facts* list : {&always_, &facts})
        for (const auto& [key, value] : *list)
            text += ' ' + key + '=' + quoted(value);
    return text;
}

/// Not by syslog(3): it waits for a daemon that hangs, and would hold up an agent with it.
void Audit::send(int severity, const std::string& line) const
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket_.string();
    if (path.size() >= sizeof address.sun_path)
        return;
    path.copy(address.sun_path, path.size());
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const std::string message = '<' + std::to_string(LOG_AUTHPRIV | severity) + '>' + stamp() + ' ' +
                                program_ + '[' + std::to_string(::getpid()) + "]: " + line;
    if (socket)
        static_cast<void>(!::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                                    reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

} // namespace common::os
