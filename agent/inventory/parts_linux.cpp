#include "agent/inventory/inventory.hpp"
#include "agent/inventory/parts.hpp"
#include "agent/inventory/sections_linux.hpp"

namespace agent::inventory {

std::vector<Part> parts(const std::vector<std::string>& package_names, common::Deadline deadline)
{
    using Section = wire::InventorySection;
    const std::filesystem::path root = "/";
    const auto part = [&root](Section section, const char* what, auto add) {
        return Part{section, what, [add, root](wire::Inventory& inventory) { add(inventory, root); }};
    };
    return {
        part(Section::os, "operating system", add_operating_system),
        part(Section::processor, "processor", add_processor),
        part(Section::memory, "memory", add_memory),
        part(Section::hardware, "hardware", add_hardware),
        part(Section::disks, "disks", add_disks),
        part(Section::disks, "file systems", add_file_systems),
        part(Section::network, "network", add_network),
        part(Section::packages, "packages",
             [package_names, deadline](wire::Inventory& inventory, const std::filesystem::path& from) {
                 add_packages(inventory, from, package_names, deadline);
             }),
    };
}

std::string machine_id()
{
    return machine_id_under("/");
}

} // namespace agent::inventory
