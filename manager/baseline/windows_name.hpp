#pragma once

#include "common/job_order.hpp"

#include <string>

namespace manager::baseline {

/// `name` as a file name that Windows takes, with the ending by which it knows files of `kind`. What it does
/// not take in names becomes '_'.
std::string windows_name(std::string name, common::ComponentKind kind);

} // namespace manager::baseline
