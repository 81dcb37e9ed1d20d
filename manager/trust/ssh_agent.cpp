#include "manager/trust/ssh_agent.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/trust/wire.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace manager::trust {

using common::Error;
using common::Trouble;

namespace {

// RFC draft-miller-ssh-agent
constexpr char list_request = 11;
constexpr char list_answer = 12;
constexpr char sign_request = 13;
constexpr char sign_answer = 14;
constexpr std::uint32_t flag_sha256 = 2;
constexpr std::uint32_t flag_sha512 = 4;

constexpr std::size_t most_answer = 1 << 20; // bytes
constexpr timeval patience{60, 0};           // seconds; a human may have to confirm each use of a key

[[noreturn]] void fail(const std::string& why)
{
    throw Error(Trouble::denied, "ssh-agent " + why,
                "look with ssh-add -l, or give a key file with --identity");
}

common::os::Descriptor connect_to(const std::filesystem::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path)
        fail("has a socket with too long a path");
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    common::os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("cannot be reached at " + path.string() + ": " + std::strerror(errno));
    return socket;
}

std::string read_exactly(int socket, std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t have = 0; have < size;) {
        const ssize_t got = ::recv(socket, bytes.data() + have, size - have, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            fail("does not answer");
        have += static_cast<std::size_t>(got);
    }
    return bytes;
}

/// One question, one answer, one connection.
std::string ask(const std::filesystem::path& path, const std::string& request)
{
    const common::os::Descriptor socket = connect_to(path);
    const std::string message = wire::string(request);
    for (std::size_t sent = 0; sent < message.size();) {
        const ssize_t put = ::send(socket.get(), message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            fail("does not listen");
        sent += static_cast<std::size_t>(put);
    }
    const std::uint32_t size = wire::Reader(read_exactly(socket.get(), 4)).number().value_or(0);
    if (size == 0 || size > most_answer)
        fail("gives answers that make no sense");
    return read_exactly(socket.get(), size);
}

std::uint32_t flags_for(std::string_view algorithm)
{
    return algorithm == "rsa-sha2-512" ? flag_sha512 : algorithm == "rsa-sha2-256" ? flag_sha256 : 0;
}

class AgentKey final : public UserKey {
public:
    AgentKey(std::string_view blob, std::string name, std::filesystem::path socket)
        : UserKey(std::string(blob), std::move(name)), socket_(std::move(socket))
    {
    }

    std::string sign(std::string_view data, std::string_view algorithm) const override
    {
        const std::string answer = ask(socket_, sign_request + wire::string(blob()) + wire::string(data) +
                                                    wire::number(flags_for(algorithm)));
        wire::Reader reader(answer);
        if (reader.byte() != sign_answer)
            fail("refuses to sign with " + name());
        wire::Reader signature(reader.string().value_or(std::string_view()));
        const std::optional<std::string_view> used = signature.string();
        const std::optional<std::string_view> bytes = signature.string();
        if (used != algorithm || !bytes)
            fail("signs with another algorithm than " + std::string(algorithm));
        return std::string(*bytes);
    }

private:
    std::filesystem::path socket_;
};

/// Certificates and keys on security tokens have other signatures, which libssh2 cannot carry.
bool can_log_in(std::string_view type)
{
    return type == "ssh-ed25519" || type == "ssh-rsa" || type == "ecdsa-sha2-nistp256" ||
           type == "ecdsa-sha2-nistp384" || type == "ecdsa-sha2-nistp521";
}

} // namespace

std::optional<SshAgent> SshAgent::from_environment()
{
    const char* socket = std::getenv("SSH_AUTH_SOCK");
    if (socket == nullptr || *socket == '\0')
        return std::nullopt;
    return SshAgent(socket);
}

std::vector<UserKeyHandle> SshAgent::keys() const
{
    const std::string answer = ask(socket_, std::string(1, list_request));
    wire::Reader reader(answer);
    if (reader.byte() != list_answer)
        fail("does not list its keys");
    std::vector<UserKeyHandle> keys;
    for (std::uint32_t left = reader.number().value_or(0); left > 0; --left) {
        const std::optional<std::string_view> blob = reader.string();
        const std::optional<std::string_view> comment = reader.string();
        if (!blob || !comment)
            fail("gives answers that make no sense");
        if (can_log_in(wire::key_type(*blob)))
            keys.push_back(
                std::make_shared<AgentKey>(*blob, common::one_line(*comment, 100) + " (ssh-agent)", socket_));
    }
    return keys;
}

} // namespace manager::trust
