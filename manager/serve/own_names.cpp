#include "manager/serve/own_names.hpp"

#include "common/os/descriptor.hpp"
#include "common/owned.hpp"

#include <arpa/inet.h>
#include <cstdint>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace manager::serve {

namespace {

/// Empty when it is none of IPv4 or IPv6, or holds on one link only.
std::string address_of(const sockaddr* address)
{
    char text[INET6_ADDRSTRLEN];
    if (address == nullptr)
        return {};
    if (address->sa_family == AF_INET)
        return ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text,
                           sizeof text);
    if (address->sa_family != AF_INET6)
        return {};
    const in6_addr& six = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&six))
        return {};
    return ::inet_ntop(AF_INET6, &six, text, sizeof text);
}

/// The own end of a way to `stranger`; empty when there is no way.
std::string own_end(int family, const char* stranger)
{
    constexpr std::uint16_t some_port = 9;
    const common::os::Descriptor socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    auto* four = reinterpret_cast<sockaddr_in*>(&address);
    auto* six = reinterpret_cast<sockaddr_in6*>(&address);
    ::inet_pton(family, stranger,
                family == AF_INET ? static_cast<void*>(&four->sin_addr)
                                  : static_cast<void*>(&six->sin6_addr));
    (family == AF_INET ? four->sin_port : six->sin6_port) = htons(some_port);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (!socket || ::connect(socket.get(), generic, size) != 0)
        return {};
    return ::getsockname(socket.get(), generic, &size) == 0 ? address_of(generic) : std::string();
}

} // namespace

std::string usual_address()
{
    std::string address = own_end(AF_INET, "192.0.2.1"); // of nobody: RFC 5737, RFC 3849
    if (address.empty())
        address = own_end(AF_INET6, "2001:db8::1");
    return address.empty() ? "localhost" : address;
}

std::vector<std::string> own_names()
{
    std::vector<std::string> names{"localhost"};
    char host[256];
    if (::gethostname(host, sizeof host) == 0)
        names.emplace_back(host);
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0)
        return names; // the certificate then names less, which nobody here checks
    const common::Owned<ifaddrs, ::freeifaddrs> owner(first);
    for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next)
        if (std::string address = address_of(entry->ifa_addr); !address.empty())
            names.push_back(std::move(address));
    return names;
}

} // namespace manager::serve
