#include "manager/rollout/exit_code.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

bool any(const Run& run, Outcome outcome)
{
    return std::any_of(run.targets.begin(), run.targets.end(),
                       [&](const TargetState& target) { return target.outcome == outcome; });
}

bool leftovers(const Run& run)
{
    return std::any_of(run.targets.begin(), run.targets.end(), [](const TargetState& target) {
        return !target.left.empty() || (target.touched && target.outcome && !target.looked);
    });
}

bool nothing_needed(const Run& run)
{
    return !run.request.components.empty() &&
           std::all_of(run.targets.begin(), run.targets.end(),
                       [](const TargetState& target) { return target.outcome == Outcome::nothing_needed; });
}

} // namespace

ExitCode exit_code_of(const Run& run)
{
    if (any(run, Outcome::failed))
        return ExitCode::component_failed;
    if (any(run, Outcome::omitted_dependency))
        return ExitCode::dependency;
    if (any(run, Outcome::not_verified) || any(run, Outcome::interrupted))
        return ExitCode::not_verified;
    if (any(run, Outcome::unreached))
        return ExitCode::unreachable;
    if (leftovers(run))
        return ExitCode::leftovers;
    if (any(run, Outcome::cancelled) || any(run, Outcome::not_started))
        return ExitCode::interrupted;
    if (any(run, Outcome::updated_reboot_pending))
        return ExitCode::ok_reboot;
    return nothing_needed(run) ? ExitCode::not_required : ExitCode::ok;
}

} // namespace manager::rollout
