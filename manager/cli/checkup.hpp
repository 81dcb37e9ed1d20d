#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/station.hpp"
#include "manager/drivers/doctor.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace manager::cli {

/// What was found on all targets.
struct Checkup {
    std::vector<drivers::Examination> targets; ///< in the order of the targets
    std::vector<std::string> notices;          ///< about ports of this machine that were taken
};

/// Looks what a run would meet on each target, `at_once` of them at a time, with the ports open that a run
/// would open. Throws Error when there is no port to be had, or no agent to send. Blocks until all are done.
/// A process that is ended meanwhile leaves agents that remove themselves within a minute.
Checkup check_up(const CampaignOptions& options, const std::vector<target::Target>& targets,
                 std::size_t at_once);

/// Looks at target `index`. Several threads, each with an index of its own.
using Examiner = std::function<drivers::Examination(std::size_t index)>;

/// One with the ports that the runs of `station` have. All that is given outlives it. Throws Error when there
/// is no agent to send.
Examiner examiner(Station& station, const CampaignOptions& options,
                  const std::vector<target::Target>& targets);

} // namespace manager::cli
