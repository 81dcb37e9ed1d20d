#pragma once

#include "manager/cli/command.hpp"
#include "manager/cli/local_client.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/serve/manager_service.hpp"

#include <filesystem>

namespace manager::cli {

/// Lets `manager`, which serves the data folder `data`, carry a run through, and tells of it as if it went
/// here: the same progress, result and exit code. Goes on when the manager is killed and comes back. Leaving
/// early leaves the run to the manager.
ExitCode hand_over(const RunningManager& manager, serve::DeployWish wish, const std::filesystem::path& data,
                   const OutputOptions& output, const Workplace& workplace);

} // namespace manager::cli
