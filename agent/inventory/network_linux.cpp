#include "agent/inventory/sections_linux.hpp"
#include "agent/inventory/system_file_linux.hpp"
#include "common/error.hpp"
#include "common/owned.hpp"
#include "common/text.hpp"

#include <arpa/inet.h>
#include <bit>
#include <ifaddrs.h>
#include <map>
#include <net/if.h>
#include <netinet/in.h>

namespace agent::inventory {

namespace {

using Addresses = common::Owned<ifaddrs, freeifaddrs>;

int prefix_length(const unsigned char* mask, std::size_t size)
{
    int bits = 0;
    for (std::size_t i = 0; i < size; ++i)
        bits += std::popcount(mask[i]);
    return bits;
}

template <typename Address, typename Pick>
std::string text_of(const ifaddrs& entry, int family, Pick pick)
{
    const auto* address = pick(reinterpret_cast<const Address*>(entry.ifa_addr));
    char text[INET6_ADDRSTRLEN] = "";
    if (::inet_ntop(family, address, text, sizeof text) == nullptr)
        return {};
    if (entry.ifa_netmask == nullptr)
        return text;
    const auto* mask = pick(reinterpret_cast<const Address*>(entry.ifa_netmask));
    const int bits = prefix_length(reinterpret_cast<const unsigned char*>(mask), sizeof *mask);
    return std::string(text) + "/" + std::to_string(bits);
}

/// `10.0.0.1/24`; empty for an entry that is no internet address.
std::string address_of(const ifaddrs& entry)
{
    const int family = entry.ifa_addr == nullptr ? AF_UNSPEC : entry.ifa_addr->sa_family;
    if (family == AF_INET)
        return text_of<sockaddr_in>(entry, family, [](const sockaddr_in* from) { return &from->sin_addr; });
    if (family == AF_INET6)
        return text_of<sockaddr_in6>(entry, family,
                                     [](const sockaddr_in6* from) { return &from->sin6_addr; });
    return {};
}

wire::NetworkInterface interface_of(const std::string& name, unsigned flags,
                                    const std::filesystem::path& folder)
{
    wire::NetworkInterface interface;
    interface.name = common::xml_safe(name);
    const std::string state = tidy_text(folder / "operstate").value_or("unknown");
    interface.up = (flags & IFF_UP) != 0 && (state == "up" || state == "unknown");
    if (std::optional<std::string> mac = tidy_text(folder / "address");
        mac && mac->find_first_not_of("0:") != std::string::npos)
        interface.mac = std::move(mac);
    // Drivers say -1, or a number far out of range, when they do not know.
    if (const std::optional<std::uint64_t> speed = number_in(folder / "speed"); speed && *speed <= 10'000'000)
        interface.speedMbits = static_cast<int>(*speed);
    return interface;
}

} // namespace

void add_network(wire::Inventory& inventory, const std::filesystem::path& root)
{
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        throw common::system_error("listing network interfaces");
    const Addresses owner(list);
    std::map<std::string, wire::NetworkInterface> interfaces;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if ((entry->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        auto found = interfaces.find(entry->ifa_name);
        if (found == interfaces.end()) {
            const std::string name = entry->ifa_name;
            found =
                interfaces.emplace(name, interface_of(name, entry->ifa_flags, root / "sys/class/net" / name))
                    .first;
        }
        if (std::string address = address_of(*entry); !address.empty())
            found->second.addresses.push_back(std::move(address));
    }
    for (auto& [name, interface] : interfaces)
        inventory.interfaces.push_back(std::move(interface));
}

} // namespace agent::inventory
