#include "agent/inventory/sections_windows.hpp"
#include "common/os/windows.hpp"
#include "common/text.hpp"

#include <cstdio>
#include <iphlpapi.h>
#include <winsock2.h>
#include <ws2tcpip.h>

namespace agent::inventory {

namespace {

constexpr ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;

std::vector<char> adapters()
{
    ULONG size = 32 << 10;
    for (int attempt = 0; attempt < 5;
         ++attempt) { // one may come between the question for the size and for them
        std::vector<char> room(size);
        const ULONG error = ::GetAdaptersAddresses(
            AF_UNSPEC, flags, nullptr, reinterpret_cast<IP_ADAPTER_ADDRESSES*>(room.data()), &size);
        if (error == ERROR_SUCCESS)
            return room;
        if (error == ERROR_NO_DATA)
            return {};
        if (error != ERROR_BUFFER_OVERFLOW)
            throw common::os::windows_error("listing network interfaces", error);
    }
    throw common::os::windows_error("listing network interfaces", ERROR_BUFFER_OVERFLOW);
}

/// `10.0.0.1/24`; empty for what is no internet address.
std::string address_of(const IP_ADAPTER_UNICAST_ADDRESS& entry)
{
    const sockaddr* address = entry.Address.lpSockaddr;
    char text[INET6_ADDRSTRLEN] = "";
    const void* bytes = nullptr;
    if (address->sa_family == AF_INET)
        bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (!bytes || !::inet_ntop(address->sa_family, bytes, text, sizeof text))
        return {};
    return std::string(text) + '/' + std::to_string(entry.OnLinkPrefixLength);
}

std::string mac_of(const IP_ADAPTER_ADDRESSES& adapter)
{
    std::string text;
    for (ULONG i = 0; i < adapter.PhysicalAddressLength; ++i) {
        char digits[4];
        std::snprintf(digits, sizeof digits, i == 0 ? "%02x" : ":%02x", adapter.PhysicalAddress[i]);
        text += digits;
    }
    return text;
}

wire::NetworkInterface interface_of(const IP_ADAPTER_ADDRESSES& adapter)
{
    constexpr ULONG64 million = 1'000'000;
    wire::NetworkInterface made;
    made.name = common::xml_safe(common::os::to_utf8(adapter.FriendlyName));
    made.up = adapter.OperStatus == IfOperStatusUp;
    if (std::string mac = mac_of(adapter); !mac.empty())
        made.mac = std::move(mac);
    if (adapter.TransmitLinkSpeed >= million && adapter.TransmitLinkSpeed / million <= 10'000'000)
        made.speedMbits = static_cast<int>(adapter.TransmitLinkSpeed / million);
    for (const auto* entry = adapter.FirstUnicastAddress; entry != nullptr; entry = entry->Next)
        if (std::string address = address_of(*entry); !address.empty())
            made.addresses.push_back(std::move(address));
    return made;
}

} // namespace

void add_network(wire::Inventory& inventory)
{
    const std::vector<char> room = adapters();
    if (room.empty())
        return;
    for (const auto* adapter = reinterpret_cast<const IP_ADAPTER_ADDRESSES*>(room.data()); adapter != nullptr;
         adapter = adapter->Next)
        if (adapter->IfType != IF_TYPE_SOFTWARE_LOOPBACK)
            inventory.interfaces.push_back(interface_of(*adapter));
}

} // namespace agent::inventory
