#pragma once

#include "common/clock.hpp"
#include "common/soap/wire.hpp"

#include <string>
#include <vector>

/// What there is on this machine.
namespace agent::inventory {

/// Looks at this machine. `sections` empty = all; `package_names` empty = all packages. Any thread. Takes
/// moments, for all packages of a slow machine seconds; never longer than `deadline` by more than a moment.
/// Never fails: a part that cannot be read becomes a sentence among the problems.
wire::Inventory take_inventory(const std::vector<wire::InventorySection>& sections,
                               const std::vector<std::string>& package_names, common::Deadline deadline);

/// What distinguishes this machine (its operating system installation) from every other; empty when it has no
/// id.
std::string machine_id();

} // namespace agent::inventory
