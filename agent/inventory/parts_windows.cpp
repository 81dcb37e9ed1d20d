#include "agent/inventory/inventory.hpp"
#include "agent/inventory/parts.hpp"
#include "agent/inventory/sections_windows.hpp"
#include "common/os/registry_windows.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cctype>

namespace agent::inventory {

std::vector<Part> parts(const std::vector<std::string>& package_names, common::Deadline)
{
    using Section = wire::InventorySection;
    return {
        {Section::os, "operating system", add_operating_system},
        {Section::processor, "processor", add_processor},
        {Section::memory, "memory", add_memory},
        {Section::hardware, "hardware", add_hardware},
        {Section::disks, "disks", add_disks},
        {Section::disks, "file systems", add_file_systems},
        {Section::network, "network", add_network},
        {Section::packages, "installed programs",
         [package_names](wire::Inventory& inventory) { add_programs(inventory, package_names); }},
    };
}

std::string machine_id()
{
    const auto key = common::os::RegistryKey::open("SOFTWARE\\Microsoft\\Cryptography");
    std::string id = key ? key->text("MachineGuid").value_or("") : "";
    std::erase(id, '-');
    std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) { return std::tolower(c); });
    return common::is_hex(id, 32) ? id : std::string();
}

} // namespace agent::inventory
