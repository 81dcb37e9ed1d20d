#include "common/text.hpp"
#include "common/tls/signature.hpp"
#include "manager/rollout/firmware_plan.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/target_row.hpp"
#include "manager/rollout/verdict.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

bool waits_for_host(const JobReport& report)
{
    return report.state == JobState::succeeded_pending_reboot;
}

} // namespace

void TargetRow::make_plan()
{
    const Facts& facts = facts_.value();
    state_.os = common::one_line(facts.os);
    state_.machine = common::one_line(facts.machine);
    if (state_.verdict) // resumed: all that is left is to clean up
        return advance(Event::nothing_left);

    const std::vector<Step> wanted = steps();
    std::vector<std::string> reasons;
    std::vector<std::string> told;
    for (std::size_t i = 0; i < state_.components.size(); ++i)
        if (const std::string unfit = take_step(i, wanted[i]); !unfit.empty()) {
            const baseline::Component& component = setting_.request.components[i];
            reasons.push_back(title(component) + ": " + unfit);
            if (!is_for_others(component))
                told.push_back("left out, " + reasons.back());
        }
    planned_ = true;
    if (!reasons.empty() && reasons.size() == state_.components.size()) {
        const bool several = reasons.size() > 1;
        return fail({common::Trouble::rejected,
                     (several ? "none of the components fits: " : "") + common::join(reasons, "; "),
                     "deploy what fits there, or leave the target out with --exclude"});
    }
    for (const std::string& text : told)
        notice(text);
    if (!take_up_ends())
        return;
    for (std::size_t i = 0; i < state_.components.size(); ++i)
        if (standing(state_.components[i]) == Standing::ended && !settle(i, facts))
            return advance(Event::failed);
    if (state_.reboot.is_open() && facts.boot != state_.reboot.boot)
        came_back();
    if (state_.reboot.back != 0 && !settle_after_boot(facts))
        return advance(Event::failed);
    decide_next();
}

/// Jobs may have ended badly while no manager looked. False when one of them ends the target's story, as it
/// does for a manager that looks.
bool TargetRow::take_up_ends()
{
    for (std::size_t i = 0; i < state_.components.size(); ++i) {
        current_ = i;
        if (!has_failed(current()) || order_anew())
            continue;
        job_over();
        return false;
    }
    return true;
}

/// What is to be done with each of the components, by what is there.
std::vector<Step> TargetRow::steps() const
{
    const Request& request = setting_.request;
    std::vector<Step> steps;
    for (const baseline::Component& component : request.components)
        steps.push_back(plan(component, facts_.value(), request.allow_downgrade, request.reinstall));
    if (is_bmc())
        keep_newest(request.components, facts_.value(), steps);
    return steps;
}

/// Returns why the component cannot go there; empty when it can. One that was sent before keeps its plan.
std::string TargetRow::take_step(std::size_t component, const Step& step)
{
    ComponentState& state = state_.components[component];
    if (!state.job.empty())
        return {};
    if (is_bmc())
        state.has_device = has_device(setting_.request.components[component], facts_.value());
    if (const std::string left = left_to_partner(component, step); !left.empty()) {
        state.has_device = false;
        state.action = common::one_line(left, 1'000);
        notice(title(setting_.request.components[component]) + ": " + state.action);
        return {};
    }
    state.version_before = common::one_line(step.from);
    state.action = step.action == Action::install ? std::string(action_install) : common::one_line(step.why);
    if (step.action == Action::blocked)
        notice(title(setting_.request.components[component]) + ": " + step.why);
    return step.action == Action::unfit ? step.why : std::string();
}

void TargetRow::decide_next()
{
    if (next_open(state_))
        advance(cancelled_ ? Event::cancelled : Event::work_left);
    else
        advance(!cancelled_ && !is_bmc() && owes_reboot(setting_.request, state_) ? Event::reboot_due
                                                                                  : Event::nothing_left);
}

/// Its host is never rebooted for it: that is said to be owed.
bool TargetRow::is_bmc() const
{
    return setting_.request.targets[index_].connection == target::Connection::bmc;
}

/// True when the target tells afterwards which version of it is there.
bool TargetRow::has_version(const baseline::Component& component) const
{
    return is_bmc() || common::is_package(component.kind);
}

void TargetRow::stage()
{
    current_ = next_open(state_).value();
    const baseline::Component& component = setting_.request.components[current_];
    if (current().job.empty())
        current().job = common::tls::job_id(setting_.run, std::to_string(index_), component.identity(), 1);
    state_.text = "handing over " + current_title();
    want(Work::submit);
}

/// Nothing to look at where there is no version, or where nothing was installed.
void TargetRow::check()
{
    if (state_.reboot.back != 0) {
        state_.text = "looking whether all is there after the reboot";
        return want(Work::inventory);
    }
    const bool looks = has_version(setting_.request.components[current_]) &&
                       !(is_bmc() && waits_for_host(current().report.value()));
    if (looks && !is_omitted(current().report.value())) {
        state_.text = "looking whether " + current_title() + " is there";
        return want(Work::inventory);
    }
    if (settle(current_, Facts{}))
        decide_next();
    else
        advance(Event::failed);
}

/// The job of `component` is over: does the target look so? False when that ends the target's story.
bool TargetRow::settle(std::size_t component, const Facts& facts)
{
    const baseline::Component& wanted = setting_.request.components[component];
    ComponentState& state = state_.components[component];
    changed_ = true;
    if (is_omitted(state.report.value())) {
        notice(title(wanted) + " left out: " + state.report->text);
        return true;
    }
    if (is_bmc() && waits_for_host(state.report.value())) { // nothing to be seen before that
        state.verified = true;
        return true;
    }
    state.version_after =
        has_version(wanted) ? common::one_line(installed_version(wanted, facts).value_or("")) : std::string();
    const std::optional<Mismatch> wrong = mismatch(wanted, facts);
    if (is_interrupted(state.report->state))
        return settle_unseen(component, wrong);
    state.verified = !wrong;
    if (wrong)
        conclude(Outcome::not_verified, title(wanted) + " was installed, but " + wrong->found, wrong->hint);
    return state.verified;
}

/// Nobody saw how the installer ended. The version tells; for a program nothing does.
bool TargetRow::settle_unseen(std::size_t component, const std::optional<Mismatch>& wrong)
{
    const baseline::Component& wanted = setting_.request.components[component];
    ComponentState& state = state_.components[component];
    const bool rebooted = state.report->state == JobState::interrupted_by_reboot;
    const std::string unseen =
        "the end of " + title(wanted) + " was not seen" + (rebooted ? ", the target rebooted meanwhile" : "");
    state.verified = has_version(wanted) && !wrong;
    if (state.verified) {
        notice(unseen + "; its version is there");
        return true;
    }
    const bool clear = wrong && !wrong->hint.empty();
    conclude(kill_sent_ && cancelled_ ? Outcome::cancelled : Outcome::interrupted,
             unseen + "; " + (wrong ? wrong->found : "whether it did its work is not known"),
             clear ? wrong->hint : "look at the target, then deploy again");
    return false;
}

} // namespace manager::rollout
