#pragma once

#include "manager/bmc/bmc.hpp"
#include "manager/bmc/update_note.hpp"
#include "manager/rollout/driver.hpp"

#include <string>
#include <vector>

/// What a BMC tells, in the engine's words. Pure functions.
namespace manager::drivers {

/// The entries in the same order.
rollout::Facts facts_of(const bmc::Identity& identity, const std::vector<bmc::Installed>& installed);

/// A JSON object of format `soapstone-bmc-inventory/1`.
std::string inventory_json(const bmc::Identity& identity, const std::vector<bmc::Installed>& installed);

/// True for the firmware of the BMC itself, which comes up when the BMC is reset.
bool is_for_the_bmc(const baseline::FirmwareEntry& entry);

rollout::JobReport report_of(const bmc::UpdateNote& ended);
rollout::JobReport running_report(const std::string& job);

std::string text_of(const bmc::BmcLog& log);

} // namespace manager::drivers
