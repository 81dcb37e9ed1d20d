#include "manager/transport/smb/child/netbios.hpp"

#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"
#include "common/owned.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

namespace manager::transport::smb::child {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t name_port = 137;
constexpr std::size_t id_size = 2;
constexpr std::size_t at_answers = 6;                ///< how many, in the head of a packet (RFC 1002, 4.2)
constexpr std::size_t at_address = 12 + 34 + 10 + 2; ///< behind head, name, kind of record and its flags
constexpr auto between_questions = 500ms;

using Interfaces = common::Owned<ifaddrs, freeifaddrs>;

std::string question(const std::string& id, std::string_view name)
{
    using namespace std::string_view_literals;
    std::string packet = id;
    packet += "\x01\x10\0\x01\0\0\0\0\0\0"sv; // by broadcast; one question
    packet += encoded_name(name);
    packet += "\0\x20\0\x01"sv; // for an address
    return packet;
}

void ask_everywhere(const Descriptor& socket, const std::string& packet)
{
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        throw common::system_error("looking for networks");
    const Interfaces interfaces(list);
    for (const ifaddrs* one = interfaces.get(); one != nullptr; one = one->ifa_next) {
        const bool usable = one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET &&
                            (one->ifa_flags & IFF_BROADCAST) != 0 && one->ifa_broadaddr != nullptr;
        if (!usable)
            continue;
        sockaddr_in to = *reinterpret_cast<const sockaddr_in*>(one->ifa_broadaddr);
        to.sin_port = htons(name_port);
        ::sendto(socket.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                 sizeof to);
    }
}

/// The address in what came, when it answers the question `id`.
std::string address_in(std::string_view packet, std::string_view id)
{
    char text[INET_ADDRSTRLEN] = "";
    if (packet.size() < at_address + 4 || packet.substr(0, id_size) != id || packet[at_answers + 1] == 0)
        return {};
    ::inet_ntop(AF_INET, packet.data() + at_address, text, sizeof text);
    return text;
}

/// The answer to the question `id`; empty when none comes in time.
std::string wait_for_answer(const Descriptor& socket, std::string_view id, Deadline deadline)
{
    pollfd waiting{socket.get(), POLLIN, 0};
    while (::poll(&waiting, 1, static_cast<int>(deadline.left().count())) > 0) {
        char packet[576];
        const ssize_t size = ::recv(socket.get(), packet, sizeof packet, MSG_DONTWAIT);
        if (size <= 0)
            break;
        if (std::string found = address_in({packet, static_cast<std::size_t>(size)}, id); !found.empty())
            return found;
    }
    return {};
}

} // namespace

std::string encoded_name(std::string_view name)
{
    constexpr std::size_t longest = 15;
    std::string padded(name.substr(0, longest));
    std::transform(padded.begin(), padded.end(), padded.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    padded.resize(16, ' ');    // the last one means a file server, whose number is that of the blank
    std::string bytes(1, ' '); // the length of what follows, 32
    for (const char c : padded) {
        bytes += static_cast<char>('A' + (static_cast<std::uint8_t>(c) >> 4));
        bytes += static_cast<char>('A' + (c & 0x0f));
    }
    return bytes + '\0';
}

std::string find_by_broadcast(const std::string& name, Deadline deadline)
{
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
    const std::string id = common::os::random_bytes(id_size);
    while (!deadline.passed()) {
        ask_everywhere(socket, question(id, name));
        const Deadline pause = deadline.or_before(Deadline::in(between_questions));
        if (std::string found = wait_for_answer(socket, id, pause); !found.empty())
            return found;
    }
    throw Error(Trouble::unreachable, "nobody on this network answers to the NetBIOS name " + name,
                "is it on this very network? Across routers only its address or DNS name helps");
}

} // namespace manager::transport::smb::child
