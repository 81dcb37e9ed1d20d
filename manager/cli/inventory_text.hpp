#pragma once

#include "manager/rollout/run.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace manager::cli {

/// What targets told, by number in the run; null where nothing is known.
using Inventories = std::vector<nlohmann::ordered_json>;

/// Out of the folder of a run that looked only.
Inventories read_inventories(const rollout::Run& run, const std::filesystem::path& data);

/// A table with a line for each target that told something: system, kernel, CPU, memory, disks, model,
/// packages.
std::vector<std::string> inventory_table(const rollout::Run& run, const Inventories& inventories);

/// Everything, with all packages; format `soapstone-inventory/1`.
std::string inventory_document(const rollout::Run& run, const Inventories& inventories);

} // namespace manager::cli
