#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/output_options.hpp"

namespace manager::cli {

/// A new run that asks for `request`.
rollout::Run new_run(rollout::Request request);

/// Keeps a new run that asks for `request` in the data folder of `options`, and carries it through as below.
ExitCode carry_out(CampaignOptions options, rollout::Request request, const OutputOptions& output,
                   const Workplace& workplace);

/// Carries through a run that the store holds, with progress and signals; prints what came of it. Returns the
/// code of the run, or of the signal that cancelled it.
ExitCode carry_through(CampaignOptions options, rollout::Run run, rollout::Store& store,
                       const OutputOptions& output, const Workplace& workplace);

} // namespace manager::cli
