#pragma once

#include "manager/bmc/json.hpp"

#include <string>
#include <vector>

/// Logs of BMCs as text. Pure functions.
namespace manager::bmc {

/// A log's name as one of a file: letters, digits, '-' and '_'; "log" for what has none of them.
std::string log_name(const std::string& id);

/// One line of an entry: "2031-05-04T09:14:07Z Critical Firmware flashed (iLO 5 2.44) [class 0x32, 3 times]".
/// Everything in an entry may be missing.
std::string log_line(const Json& entry);

/// The lines of all entries, oldest first where they have times.
std::vector<std::string> log_lines(const std::vector<Json>& entries);

} // namespace manager::bmc
