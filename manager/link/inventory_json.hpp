#pragma once

#include "common/soap/wire.hpp"

#include <string>

namespace manager::link {

/// The whole inventory as a JSON object: taken_at, operating_system, processor, memory, hardware, disks,
/// file_systems, interfaces, packages, problems. What could not be read is absent. Always valid UTF-8.
std::string inventory_json(const wire::Inventory& inventory);

} // namespace manager::link
