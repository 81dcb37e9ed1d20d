#include "agent/inventory/sections_windows.hpp"
#include "common/os/windows.hpp"

namespace agent::inventory {

void add_memory(wire::Inventory& inventory)
{
    MEMORYSTATUSEX status{};
    status.dwLength = sizeof status;
    if (!::GlobalMemoryStatusEx(&status))
        throw common::os::windows_error("asking for the memory");
    wire::Memory memory;
    memory.totalBytes = static_cast<LONG64>(status.ullTotalPhys);
    memory.availableBytes = static_cast<LONG64>(status.ullAvailPhys);
    // What Windows calls page file is the memory and the file together.
    memory.swapBytes = static_cast<LONG64>(
        status.ullTotalPageFile > status.ullTotalPhys ? status.ullTotalPageFile - status.ullTotalPhys : 0);
    inventory.memory = memory;
}

} // namespace agent::inventory
