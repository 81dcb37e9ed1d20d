#include "manager/rollout/verdict.hpp"

#include "common/text.hpp"
#include "manager/rollout/plan.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

bool omitted(const ComponentState& component)
{
    return component.report && is_omitted(*component.report);
}

bool is_installed(const ComponentState& component)
{
    return component.verified;
}

bool asks_for_reboot(const ComponentState& component)
{
    return component.report && component.report->state == JobState::succeeded_pending_reboot;
}

/// "tree 2.0.2-1 -> 2.1.0-1", "tree 2.1.0-1", "flash.sh"
std::string change(const baseline::Component& component, const ComponentState& state)
{
    if (state.version_before.empty())
        return title(component);
    return component.name + " " + state.version_before + " -> " + state.version_after;
}

/// What was left out, and why.
std::string omissions(const Request& request, const TargetState& target)
{
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < target.components.size(); ++i)
        if (omitted(target.components[i]))
            parts.push_back(title(request.components[i]) + " left out: " + target.components[i].report->text);
    return common::join(parts, "; ");
}

std::string list_of(const Request& request, const TargetState& target, bool installed)
{
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < target.components.size(); ++i) {
        const ComponentState& state = target.components[i];
        if (installed && state.verified)
            parts.push_back(change(request.components[i], state));
        if (!installed && !state.action.empty() && state.action != action_install)
            parts.push_back(title(request.components[i]) + ": " + state.action);
    }
    return common::join(parts, "; ");
}

} // namespace

bool is_success(JobState state)
{
    return state == JobState::succeeded || state == JobState::succeeded_pending_reboot;
}

bool is_interrupted(JobState state)
{
    return state == JobState::interrupted || state == JobState::interrupted_by_reboot;
}

bool is_omitted(const JobReport& report)
{
    return report.state == JobState::failed && report.result == "dependency";
}

bool has_failed(const ComponentState& component)
{
    return component.report && is_final(component.report->state) && !is_success(component.report->state) &&
           !is_interrupted(component.report->state) && !is_omitted(*component.report);
}

Standing standing(const ComponentState& component)
{
    if (component.verified || (!component.action.empty() && component.action != action_install))
        return Standing::settled;
    if (component.job.empty())
        return Standing::open;
    if (!component.report || !is_final(component.report->state))
        return Standing::sent;
    const bool to_look_at = is_success(component.report->state) || is_interrupted(component.report->state);
    return to_look_at ? Standing::ended : Standing::settled;
}

std::optional<std::size_t> next_open(const TargetState& target)
{
    for (std::size_t i = 0; i < target.components.size(); ++i)
        if (standing(target.components[i]) != Standing::settled)
            return i;
    return std::nullopt;
}

bool owes_reboot(const Request& request, const TargetState& target)
{
    const auto& components = target.components;
    if (target.reboot.back != 0 || target.reboot.cancelled ||
        std::any_of(components.begin(), components.end(), has_failed) ||
        std::none_of(components.begin(), components.end(), is_installed))
        return false;
    switch (request.reboot.policy) {
    case RebootPolicy::never:
        return false;
    case RebootPolicy::needed:
        return std::none_of(components.begin(), components.end(), omitted) &&
               std::any_of(components.begin(), components.end(), asks_for_reboot);
    case RebootPolicy::always:
        return true;
    }
    return false;
}

bool is_out_of_reach(const TargetState& target)
{
    return target.outcome == Outcome::interrupted &&
           (target.failed_in == Phase::scouting || target.failed_in == Phase::reconnecting);
}

Outcome judge(const TargetState& target, bool cancelled)
{
    const auto any = [&](auto property) {
        return std::any_of(target.components.begin(), target.components.end(), property);
    };
    if (any(has_failed))
        return Outcome::failed;
    if (cancelled && target.components.empty())
        return Outcome::cancelled;
    if (next_open(target))
        return cancelled ? Outcome::cancelled : Outcome::failed;
    if (any(omitted))
        return Outcome::omitted_dependency;
    if (!any(is_installed))
        return Outcome::nothing_needed;
    const bool wanted = any(asks_for_reboot) || !target.reboot.boot.empty();
    if (wanted && target.reboot.back == 0)
        return Outcome::updated_reboot_pending;
    return Outcome::updated;
}

std::string story(const Request& request, const TargetState& target, Outcome outcome)
{
    const std::string installed = list_of(request, target, true);
    if (outcome == Outcome::cancelled)
        return "cancelled" + (installed.empty() ? " before anything was installed" : " after " + installed);
    if (outcome == Outcome::nothing_needed)
        return request.components.empty() ? target.os : list_of(request, target, false);
    if (outcome == Outcome::omitted_dependency)
        return omissions(request, target);
    return installed;
}

} // namespace manager::rollout
