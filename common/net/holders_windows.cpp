#include "common/net/holders.hpp"
#include "common/os/windows.hpp"
#include "common/text.hpp"

#include <iphlpapi.h>
#include <optional>
#include <vector>
#include <winsock2.h>

namespace common::net {

namespace {

struct Holder {
    DWORD process;
    bool listens;
};

/// The lines of Windows' table of TCP sockets of one family.
template <typename Table, typename Row>
std::vector<Row> rows(ULONG family)
{
    std::vector<char> memory;
    for (ULONG size = 64 << 10;;) {
        memory.resize(size);
        const DWORD error =
            ::GetExtendedTcpTable(memory.data(), &size, FALSE, family, TCP_TABLE_OWNER_PID_ALL, 0);
        if (error == NO_ERROR)
            break;
        if (error != ERROR_INSUFFICIENT_BUFFER)
            return {};
    }
    const auto* table = reinterpret_cast<const Table*>(memory.data());
    return {table->table, table->table + table->dwNumEntries};
}

/// Of several sockets that have `port` a listener, since it explains more.
template <typename Row>
void look_in(const std::vector<Row>& table, std::uint16_t port, std::optional<Holder>& found)
{
    for (const Row& row : table)
        if (const bool listens = row.dwState == MIB_TCP_STATE_LISTEN;
            ::ntohs(static_cast<u_short>(row.dwLocalPort)) == port && (!found || listens))
            found = Holder{row.dwOwningPid, listens};
}

/// "nginx.exe (pid 812)"
std::string name_of(DWORD pid)
{
    const os::Handle process(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid));
    std::wstring path(32 << 10, L'\0');
    auto size = static_cast<DWORD>(path.size());
    const bool known = process && ::QueryFullProcessImageNameW(process.get(), 0, path.data(), &size);
    const std::string name =
        known ? std::filesystem::path(path.substr(0, size)).filename().string() : std::string("?");
    return one_line(name) + " (pid " + std::to_string(pid) + ")";
}

} // namespace

std::string holder_of(std::uint16_t port)
{
    std::optional<Holder> found;
    look_in(rows<MIB_TCPTABLE_OWNER_PID, MIB_TCPROW_OWNER_PID>(AF_INET), port, found);
    look_in(rows<MIB_TCP6TABLE_OWNER_PID, MIB_TCP6ROW_OWNER_PID>(AF_INET6), port, found);
    if (!found)
        return "somebody";
    return (found->listens ? "a listener of " : "an outgoing connection of ") + name_of(found->process);
}

} // namespace common::net
