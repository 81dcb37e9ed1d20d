#include "manager/rollout/firmware_plan.hpp"
#include "manager/rollout/target_row.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

/// A program for an operating system that holds firmware which a BMC takes, too.
bool is_for_either(const baseline::Component& component)
{
    return component.firmware && component.kind != common::ComponentKind::firmware;
}

} // namespace

void TargetRow::pair_with(const TargetRow& partner)
{
    partner_ = &partner;
    if (!may_begin())
        state_.text = "waiting for what its BMC " + partner_name() + " takes";
}

/// A host waits until its BMC knows what it takes of all that both could take; BMCs wait for nobody.
bool TargetRow::may_begin() const
{
    const auto& components = setting_.request.components;
    return partner_ == nullptr || is_bmc() || is_done() || partner_->planned_ || partner_->state_.verdict ||
           std::none_of(components.begin(), components.end(), is_for_either);
}

const std::string& TargetRow::partner_name() const
{
    return setting_.request.targets[partner_->index_].name;
}

/// Why the other half of the machine gets the component, and this one does not; empty when that is not so.
std::string TargetRow::left_to_partner(std::size_t component, const Step& step) const
{
    if (partner_ == nullptr || !is_for_either(setting_.request.components[component]))
        return {};
    return is_bmc() ? left_to_host(component, step) : left_to_bmc(component, step);
}

std::string TargetRow::left_to_bmc(std::size_t component, const Step& step) const
{
    const ComponentState& there = partner_->state_.components[component];
    const std::string name = "left to its BMC " + partner_name();
    const bool takes = there.action == action_install || !there.job.empty();
    if (there.has_device)
        return name + (takes ? ", which takes it" : ": " + there.action);
    if (!there.action.empty() || step.action == Action::unfit)
        return {};
    return name + ", which ended before it could tell whether it takes it; --exclude " + partner_name() +
           " installs it here";
}

/// What was begun on the host, before a manager died, stays there.
std::string TargetRow::left_to_host(std::size_t component, const Step& step) const
{
    const std::string name = "left to its host " + partner_name();
    if (!partner_->state_.components[component].job.empty())
        return name + ", where it was begun before";
    const bool has_device = state_.components[component].has_device;
    return has_device || step.action != Action::unfit ? std::string() : name + ": " + step.why;
}

/// Neither host nor BMC could ever take what is only for the other sort: of a run over both, nobody needs to
/// be told so for each of them.
bool TargetRow::is_for_others(const baseline::Component& component) const
{
    const auto& targets = setting_.request.targets;
    const bool here = is_bmc();
    if (here ? component.firmware.has_value() : component.kind != common::ComponentKind::firmware)
        return false;
    return std::any_of(targets.begin(), targets.end(), [&](const target::Target& target) {
        return (target.connection == target::Connection::bmc) != here;
    });
}

} // namespace manager::rollout
