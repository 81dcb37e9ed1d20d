#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/station.hpp"
#include "manager/serve/errand.hpp"

#include <functional>
#include <vector>

namespace manager::cli {

/// Does an errand at target `index`; may throw. Several threads, each with an index of its own.
using ErrandWork = std::function<serve::ErrandResult(std::size_t index)>;

/// What is to be done for `errand`. All that is given outlives it. Takes some seconds; throws Error when it
/// cannot be done at any target.
ErrandWork work_of(serve::Errand errand, Station& station, const CampaignOptions& options,
                   const std::vector<target::Target>& targets);

} // namespace manager::cli
