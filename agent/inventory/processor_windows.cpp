#include "agent/inventory/sections_windows.hpp"
#include "common/os/registry_windows.hpp"
#include "common/text.hpp"

#include <cstring>

namespace agent::inventory {

namespace {

/// How many there are of `relation`: cores, or packages, each of which stands in one socket.
int count(LOGICAL_PROCESSOR_RELATIONSHIP relation)
{
    DWORD size = 0;
    ::GetLogicalProcessorInformationEx(relation, nullptr, &size);
    std::vector<char> room(size);
    auto* first = reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(room.data());
    if (size == 0 || !::GetLogicalProcessorInformationEx(relation, first, &size))
        throw common::os::windows_error("asking for the processors");
    int found = 0;
    for (DWORD at = 0; at < size; ++found) {
        DWORD length = 0; // of the entry: its second field
        std::memcpy(&length, room.data() + at + sizeof(DWORD), sizeof length);
        at += length;
    }
    return found;
}

} // namespace

void add_processor(wire::Inventory& inventory)
{
    const auto first = common::os::RegistryKey::open("HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0");
    const std::string name = first ? first->text("ProcessorNameString").value_or("") : "";
    wire::Processor processor;
    processor.model = name.empty() ? "unknown" : common::xml_safe(common::trim(name));
    processor.sockets = count(RelationProcessorPackage);
    processor.cores = count(RelationProcessorCore);
    processor.threads = static_cast<int>(::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
    inventory.processor = std::move(processor);
}

} // namespace agent::inventory
