#include "agent/inventory/sections_linux.hpp"
#include "agent/inventory/system_file_linux.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

namespace agent::inventory {

namespace {

/// Bytes of a value like "16316412 kB"; 0 when there is none.
LONG64 bytes(const std::map<std::string, std::string>& info, const char* key)
{
    const auto found = info.find(key);
    if (found == info.end())
        return 0;
    const std::string_view number = std::string_view(found->second).substr(0, found->second.find(' '));
    constexpr std::uint64_t most = INT64_MAX / 1024;
    return static_cast<LONG64>(common::to_number(number, most).value_or(0) * 1024);
}

} // namespace

void add_memory(wire::Inventory& inventory, const std::filesystem::path& root)
{
    const auto info = key_values(common::os::read_file(root / "proc/meminfo"), ':');
    wire::Memory memory;
    memory.totalBytes = bytes(info, "MemTotal");
    if (memory.totalBytes == 0)
        throw common::Error(common::Trouble::rejected, "/proc/meminfo tells no MemTotal");
    memory.availableBytes = bytes(info, "MemAvailable");
    if (info.count("MemAvailable") == 0) // kernels before 3.14
        memory.availableBytes = bytes(info, "MemFree") + bytes(info, "Buffers") + bytes(info, "Cached");
    memory.swapBytes = bytes(info, "SwapTotal");
    inventory.memory = memory;
}

} // namespace agent::inventory
