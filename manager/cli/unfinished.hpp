#pragma once

#include "manager/rollout/run.hpp"
#include "manager/target/target.hpp"

#include <vector>

/// What a run needs, so that somebody can go on with it.
namespace manager::cli {

/// Throws `invalid` when a component that is still to be sent is not there as it was when the run began.
void check_components(const rollout::Run& run);

/// Targets that will be logged in to.
std::vector<target::Target> open_targets(const rollout::Run& run);

} // namespace manager::cli
