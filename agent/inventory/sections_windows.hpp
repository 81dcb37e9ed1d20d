#pragma once

#include "common/soap/wire.hpp"

#include <string>
#include <vector>

/// The parts of the inventory of Windows. Each adds what it finds, in strings that are safe in XML, and
/// throws `common::Error` when it cannot find anything.
namespace agent::inventory {

void add_operating_system(wire::Inventory& inventory);
void add_processor(wire::Inventory& inventory);
void add_memory(wire::Inventory& inventory);
void add_hardware(wire::Inventory& inventory);
void add_disks(wire::Inventory& inventory);

/// Of local disks alone: a network server that is gone would hold us up.
void add_file_systems(wire::Inventory& inventory);

/// All interfaces but loopback, with their addresses.
void add_network(wire::Inventory& inventory);

/// What is registered as installed, for 64-bit and 32-bit programs; `names` (display names or product codes)
/// empty = all.
void add_programs(wire::Inventory& inventory, const std::vector<std::string>& names);

} // namespace agent::inventory
