#pragma once

#include "manager/rollout/run.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace manager::rollout {

/// The last screen of a run: counts that add up, each failure with target, phase, cause and way out, what is
/// left on the targets, and how to go on. Lines without newline.
std::vector<std::string> summary(const Run& run);

/// Writes `folder`/report.json durably ("format": "soapstone-report/1"), also for a run that is not over.
void write_report(const Run& run, const std::filesystem::path& folder);

} // namespace manager::rollout
