#include "tests/support/toy_ssh_agent.hpp"

#include "manager/trust/wire.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace tests {

namespace wire = manager::trust::wire;

namespace {

const std::string failure(1, 5);

std::string read_exactly(int socket, std::size_t size)
{
    std::string bytes(size, '\0');
    return ::recv(socket, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size) ? bytes
                                                                                         : std::string();
}

} // namespace

ToySshAgent::ToySshAgent(std::vector<const manager::trust::UserKey*> keys)
    : keys_(std::move(keys)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 5) != 0)
        throw std::runtime_error("no socket for the toy agent");
    thread_ = std::thread([this] { serve(); });
}

ToySshAgent::~ToySshAgent()
{
    ::shutdown(listener_.get(), SHUT_RDWR); // wakes accept()
    thread_.join();
}

void ToySshAgent::serve()
{
    for (;;) {
        const common::os::Descriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer)
            return;
        const std::uint32_t size = wire::Reader(read_exactly(peer.get(), 4)).number().value_or(0);
        const std::string reply = wire::string(answer(read_exactly(peer.get(), size)));
        ::send(peer.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    }
}

std::string ToySshAgent::answer(const std::string& request)
{
    if (request == std::string(1, 11)) {
        std::string list = '\x0c' + wire::number(static_cast<std::uint32_t>(keys_.size()));
        for (const auto* key : keys_)
            list += wire::string(key->blob()) + wire::string(key->name());
        return list;
    }
    return !refuses_ && !request.empty() && request[0] == 13 ? sign(request) : failure;
}

std::string ToySshAgent::sign(const std::string& request)
{
    wire::Reader reader(std::string_view(request).substr(1));
    const std::string_view blob = reader.string().value_or("");
    const std::string_view data = reader.string().value_or("");
    last_flags_ = reader.number().value_or(0);
    for (const auto* key : keys_) {
        if (key->blob() != blob)
            continue;
        const std::string algorithm(last_flags_ == 4 ? "rsa-sha2-512" : key->type());
        return '\x0e' + wire::string(wire::string(algorithm) + wire::string(key->sign(data, algorithm)));
    }
    return failure;
}

} // namespace tests
