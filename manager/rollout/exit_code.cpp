#include "manager/rollout/exit_code.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace manager::rollout {

namespace {

bool any(const Run& run, Outcome outcome)
{
    return std::any_of(run.targets.begin(), run.targets.end(),
                       [&](const TargetState& target) { return target.outcome == outcome; });
}

bool all_locked(const Run& run)
{
    return !run.targets.empty() &&
           std::all_of(run.targets.begin(), run.targets.end(), [](const TargetState& target) {
               return target.outcome == Outcome::failed && target.trouble == common::Trouble::busy;
           });
}

bool all_need_nothing(const Run& run)
{
    return !run.request.components.empty() &&
           std::all_of(run.targets.begin(), run.targets.end(),
                       [](const TargetState& target) { return target.outcome == Outcome::nothing_needed; });
}

} // namespace

std::string_view name_of(ExitCode code)
{
    switch (code) {
    case ExitCode::ok:
        return "OK";
    case ExitCode::ok_reboot:
        return "OK_REBOOT";
    case ExitCode::not_required:
        return "NOT_REQUIRED";
    case ExitCode::unreachable:
        return "UNREACHABLE";
    case ExitCode::dependency:
        return "DEPENDENCY";
    case ExitCode::not_verified:
        return "NOT_VERIFIED";
    case ExitCode::gate_stopped:
        return "GATE_STOPPED";
    case ExitCode::plan_drift:
        return "PLAN_DRIFT";
    case ExitCode::leftovers:
        return "LEFTOVERS";
    case ExitCode::locked:
        return "LOCKED";
    case ExitCode::interrupted:
        return "INTERRUPTED";
    case ExitCode::terminated:
        return "TERMINATED";
    case ExitCode::component_failed:
        return "COMPONENT_FAILED";
    case ExitCode::bad_parameter:
        return "BAD_PARAMETER";
    case ExitCode::general:
        return "GENERAL";
    }
    return "GENERAL";
}

bool is_left_over(const TargetState& target)
{
    return target.touched && (!target.looked || !target.left.empty());
}

ExitCode exit_code_of(const Run& run)
{
    const bool open = std::any_of(run.targets.begin(), run.targets.end(),
                                  [](const TargetState& target) { return !target.outcome; });
    if (open || any(run, Outcome::cancelled))
        return ExitCode::interrupted;
    if (all_locked(run))
        return ExitCode::locked;
    // Not known to have worked is no success: what was interrupted counts as failed.
    constexpr std::array by_rank{
        std::pair{Outcome::not_started, ExitCode::gate_stopped},
        std::pair{Outcome::failed, ExitCode::component_failed},
        std::pair{Outcome::interrupted, ExitCode::component_failed},
        std::pair{Outcome::omitted_dependency, ExitCode::dependency},
        std::pair{Outcome::not_verified, ExitCode::not_verified},
        std::pair{Outcome::unconfirmed, ExitCode::not_verified},
        std::pair{Outcome::unreached, ExitCode::unreachable},
    };
    for (const auto& [outcome, code] : by_rank)
        if (any(run, outcome))
            return code;
    if (std::any_of(run.targets.begin(), run.targets.end(), is_left_over))
        return ExitCode::leftovers;
    if (any(run, Outcome::updated_reboot_pending))
        return ExitCode::ok_reboot;
    return all_need_nothing(run) ? ExitCode::not_required : ExitCode::ok;
}

} // namespace manager::rollout
