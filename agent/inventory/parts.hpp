#pragma once

#include "common/clock.hpp"
#include "common/soap/wire.hpp"

#include <functional>
#include <string>
#include <vector>

namespace agent::inventory {

/// One part of the inventory: adds what it finds, with strings that are safe in XML, or throws.
struct Part {
    wire::InventorySection section;
    const char* what; ///< for sentences about problems
    std::function<void(wire::Inventory&)> add;
};

/// All parts that this system has. `package_names` empty = all packages.
std::vector<Part> parts(const std::vector<std::string>& package_names, common::Deadline deadline);

} // namespace agent::inventory
