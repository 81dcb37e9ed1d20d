#include "agent/inventory/inventory.hpp"

#include "agent/inventory/parts.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <exception>

namespace agent::inventory {

wire::Inventory take_inventory(const std::vector<wire::InventorySection>& sections,
                               const std::vector<std::string>& package_names, common::Deadline deadline)
{
    wire::Inventory inventory;
    inventory.takenAt = std::chrono::system_clock::now();
    for (const Part& part : parts(package_names, deadline)) {
        if (!sections.empty() && std::find(sections.begin(), sections.end(), part.section) == sections.end())
            continue;
        try {
            part.add(inventory);
        } catch (const std::exception& error) {
            inventory.problems.push_back(common::xml_safe(std::string(part.what) + ": " + error.what()));
        }
    }
    return inventory;
}

} // namespace agent::inventory
