#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/output_options.hpp"

namespace manager::cli {

/// A new run that asks for `request`.
rollout::Run new_run(rollout::Request request);

/// A run carried to its end, or to the signal that cancelled it.
struct Carried {
    rollout::Run run;
    ExitCode code; ///< of the run, or of the signal
};

/// Carries through a run that the store holds, with progress and signals.
Carried carry_through(CampaignOptions options, rollout::Run run, rollout::Store& store,
                      const OutputOptions& output, const Workplace& workplace);

/// The last screen, unless JSON was asked for.
void print_summary(const rollout::Run& run, const OutputOptions& output, const Workplace& workplace);

} // namespace manager::cli
