#pragma once

#include "manager/cli/command.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/rollout/run.hpp"

#include <filesystem>
#include <optional>

namespace manager::cli {

/// Prints what came of a run that was carried through. Returns its code, or that of the `signal` that
/// cancelled it.
ExitCode print_result(const rollout::Run& run, const std::optional<int>& signal,
                      const std::filesystem::path& data, const OutputOptions& output,
                      const Workplace& workplace);

} // namespace manager::cli
