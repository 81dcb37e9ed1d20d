#pragma once

#include "common/clock.hpp"
#include "common/soap/wire.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// The parts of the inventory. Each adds what it finds under `root` (of the file system; tests have one of
/// their own) and throws `common::Error` when it cannot find anything. All strings that they add are safe in
/// XML.
namespace agent::inventory {

void add_operating_system(wire::Inventory& inventory, const std::filesystem::path& root);
void add_processor(wire::Inventory& inventory, const std::filesystem::path& root);
void add_memory(wire::Inventory& inventory, const std::filesystem::path& root);
void add_hardware(wire::Inventory& inventory, const std::filesystem::path& root);
void add_disks(wire::Inventory& inventory, const std::filesystem::path& root);

/// Asks only file systems on local disks: a network server that is gone would hold us up for ever.
void add_file_systems(wire::Inventory& inventory, const std::filesystem::path& root);

/// All interfaces but loopback, with their addresses.
void add_network(wire::Inventory& inventory, const std::filesystem::path& root);

/// Installed packages and those that dpkg left unfinished, of both formats where both are in use; `names`
/// empty = all.
void add_packages(wire::Inventory& inventory, const std::filesystem::path& root,
                  const std::vector<std::string>& names, common::Deadline deadline);

/// The id of the operating system installation under `root`; empty when it has none.
std::string machine_id_under(const std::filesystem::path& root);

} // namespace agent::inventory
