#include "common/net/holders.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <charconv>
#include <optional>

namespace common::net {

namespace {

struct Socket {
    std::string inode;
    bool listens;
};

/// The fields of one line of /proc/net/tcp, without the padding between them (see proc_net_tcp in the
/// kernel's documentation): 1 is "ADDRESS:PORT" in hexadecimal, 3 the state, 9 the inode.
std::vector<std::string> fields_of(std::string_view line)
{
    std::vector<std::string> fields = split(line, ' ');
    std::erase(fields, "");
    return fields;
}

std::optional<Socket> socket_at(std::string_view line, std::uint16_t port)
{
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() < 10)
        return std::nullopt;
    const std::string& local = fields[1];
    const char* begin = local.c_str() + local.rfind(':') + 1;
    unsigned number = 0;
    const auto [end, error] = std::from_chars(begin, local.c_str() + local.size(), number, 16);
    if (error != std::errc() || number != port)
        return std::nullopt;
    constexpr std::string_view listening = "0A"; // TCP_LISTEN in the kernel's tcp_states.h
    return Socket{fields[9], fields[3] == listening};
}

/// The socket that has `port`; of several a listener, since it explains more.
std::optional<Socket> find_socket(std::uint16_t port)
{
    std::optional<Socket> found;
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        const std::optional<std::string> text = os::read_file_if_there(table);
        if (!text)
            continue;
        for (const std::string& line : split(*text, '\n'))
            if (const std::optional<Socket> socket = socket_at(line, port);
                socket && (!found || socket->listens))
                found = socket;
    }
    return found;
}

bool has_open(const std::filesystem::path& process, const std::string& link)
{
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(process / "fd", error)) {
        std::error_code unreadable; // the process may be gone by now
        if (std::filesystem::read_symlink(entry.path(), unreadable) == link)
            return true;
    }
    return false;
}

/// "sshd (pid 812)"
std::string owner_of(const std::string& inode)
{
    const std::string link = "socket:[" + inode + "]";
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string pid = entry.path().filename();
        if (!to_number(pid) || !has_open(entry.path(), link))
            continue;
        const std::optional<std::string> name = os::read_file_if_there(entry.path() / "comm");
        return one_line(trim(name.value_or("?"))) + " (pid " + pid + ")";
    }
    return "somebody";
}

} // namespace

std::string holder_of(std::uint16_t port)
{
    try {
        const std::optional<Socket> socket = find_socket(port);
        if (!socket)
            return "somebody";
        return (socket->listens ? "a listener of " : "an outgoing connection of ") + owner_of(socket->inode);
    } catch (const std::exception&) { // no /proc here: the message does without the name
        return "somebody";
    }
}

} // namespace common::net
