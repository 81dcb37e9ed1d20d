#include "manager/serve/own_names.hpp"

#include "common/owned.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
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

} // namespace

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
