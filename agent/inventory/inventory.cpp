#include "agent/inventory/inventory.hpp"

#include "agent/inventory/sections.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <exception>

namespace agent::inventory {

namespace {

/// Runs one section; what leaves it as an exception becomes a sentence.
template <typename Add>
void attempt(wire::Inventory& inventory, const char* what, Add add)
{
    try {
        add();
    } catch (const std::exception& error) {
        inventory.problems.push_back(common::xml_safe(std::string(what) + ": " + error.what()));
    }
}

} // namespace

wire::Inventory take_inventory(const std::vector<wire::InventorySection>& sections,
                               const std::vector<std::string>& package_names, common::Deadline deadline)
{
    using Section = wire::InventorySection;
    const std::filesystem::path root = "/";
    wire::Inventory inventory;
    inventory.takenAt = std::chrono::system_clock::now();
    const auto section = [&](Section which, const char* what, auto add) {
        const bool wanted =
            sections.empty() || std::find(sections.begin(), sections.end(), which) != sections.end();
        if (wanted)
            attempt(inventory, what, add);
    };
    section(Section::os, "operating system", [&] { add_operating_system(inventory, root); });
    section(Section::processor, "processor", [&] { add_processor(inventory, root); });
    section(Section::memory, "memory", [&] { add_memory(inventory, root); });
    section(Section::hardware, "hardware", [&] { add_hardware(inventory, root); });
    section(Section::disks, "disks", [&] { add_disks(inventory, root); });
    section(Section::disks, "file systems", [&] { add_file_systems(inventory, root); });
    section(Section::network, "network", [&] { add_network(inventory, root); });
    section(Section::packages, "packages", [&] { add_packages(inventory, root, package_names, deadline); });
    return inventory;
}

std::string machine_id()
{
    return machine_id_under("/");
}

} // namespace agent::inventory
