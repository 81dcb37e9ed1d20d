#include "manager/rollout/target_row.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/verdict.hpp"

#include <utility>

namespace manager::rollout {

namespace {

constexpr std::size_t longest_line = 1'000; ///< bytes of a notice, or of a line in the log
constexpr std::size_t most_notices = 50;    ///< kept of one target; the journal has all of them

bool is_failure(Outcome outcome)
{
    return outcome == Outcome::failed || outcome == Outcome::unreached || outcome == Outcome::interrupted ||
           outcome == Outcome::not_verified || outcome == Outcome::unconfirmed;
}

std::chrono::milliseconds now()
{
    return std::chrono::milliseconds(common::to_milliseconds(std::chrono::system_clock::now()));
}

} // namespace

bool is_transient(const common::Error& error)
{
    return error.trouble() == common::Trouble::unreachable || error.trouble() == common::Trouble::busy;
}

TargetRow::TargetRow(const Setting& setting, TargetState& state, std::size_t index,
                     std::filesystem::path logs)
    : setting_(setting), state_(state), index_(index), logs_(std::move(logs))
{
    state_.components.resize(setting_.request.components.size());
    if (is_out_of_reach(state_)) {
        state_.outcome.reset();
        state_.verdict.reset();
        state_.trouble.reset();
        state_.hint.clear();
        state_.failed_in = Phase::waiting;
    }
    if (is_done())
        return;
    state_.phase = Phase::waiting; // a resumed run begins again, with what is known
    state_.left.clear();
    state_.logs = true;
    state_.looked = false;
    if (!state_.verdict)
        state_.text.clear();
}

void TargetRow::begin()
{
    advance(Event::slot_free);
}

void TargetRow::advance(Event event)
{
    const std::optional<Phase> to = next(state_.phase, event);
    if (!to) {
        notice("an event made no sense while " + std::string(name_of(state_.phase)) + " and was dropped");
        return;
    }
    due_.reset();
    wanted_.reset();
    retries_ = 0;
    state_.phase = *to;
    enter();
}

/// The phase's work is done: on to the next one, or out when the user wants to stop.
void TargetRow::go_on()
{
    advance(cancelled_ && next(state_.phase, Event::cancelled) ? Event::cancelled : Event::succeeded);
}

void TargetRow::enter()
{
    const Phase phase = state_.phase;
    const bool ending = phase == Phase::collecting || phase == Phase::removing || phase == Phase::done;
    if (ending && !state_.verdict) {
        const Outcome outcome = judge(state_, cancelled_);
        conclude(outcome, story(setting_.request, state_, outcome));
    }
    if (!state_.verdict)
        state_.text.clear();
    if (phase != Phase::done)
        enter_in_journal(true, {});
    retry_until_ = std::chrono::steady_clock::now() +
                   (phase == Phase::scouting ? setting_.request.reboot.timeout : setting_.request.lease);
    switch (phase) {
    case Phase::waiting:
        return;
    case Phase::scouting:
        return want(Work::scout);
    case Phase::copying:
        state_.touched = true;
        return want(Work::copy);
    case Phase::starting:
        return want(Work::start);
    case Phase::inventory:
        return want(Work::inventory);
    case Phase::planned:
        return make_plan();
    case Phase::staging:
        return stage();
    case Phase::installing:
        return watch();
    case Phase::rebooting:
        return reboot();
    case Phase::reconnecting:
        return await_boot();
    case Phase::verifying:
        return check();
    case Phase::collecting:
        return want(Work::collect);
    case Phase::removing:
        return want(Work::remove);
    case Phase::done:
        return finish();
    }
}

void TargetRow::finish()
{
    state_.outcome = state_.verdict;
    RunEvent entry;
    entry.time = now().count();
    entry.target = index_;
    entry.phase = Phase::done;
    entry.outcome = state_.outcome;
    entry.text = state_.text;
    entries_.push_back(std::move(entry));
}

void TargetRow::conclude(Outcome outcome, const std::string& text, const std::string& hint)
{
    if (state_.verdict)
        return;
    state_.verdict = outcome;
    state_.text = common::one_line(text, 2'000);
    state_.hint = common::one_line(hint, 1'000);
    if (is_failure(outcome))
        state_.failed_in = state_.phase;
    changed_ = true;
}

void TargetRow::fail(const common::Error& error)
{
    if (state_.verdict) {
        notice(std::string(name_of(state_.phase)) + ": " + error.text());
    } else {
        const bool no_way_in =
            state_.phase == Phase::scouting &&
            (error.trouble() == common::Trouble::unreachable || error.trouble() == common::Trouble::denied);
        // Touched before scouting: by a manager before us, whose work there may go on.
        conclude(!no_way_in       ? Outcome::failed
                 : state_.touched ? Outcome::interrupted
                                  : Outcome::unreached,
                 error.text(), error.hint());
        state_.trouble = error.trouble();
        for (std::size_t i = 0; i < state_.components.size(); ++i)
            if (standing(state_.components[i]) == Standing::sent && is_transient(error))
                notice("how " + title(setting_.request.components[i]) + " ended is not known");
    }
    advance(Event::failed);
}

void TargetRow::ended(CallResult result)
{
    busy_ = false;
    switch (result.work) {
    case Work::poll:
        return polled(result);
    case Work::cancel:
    case Work::kill:
        return cancel_answered(result);
    case Work::reboot:
        return reboot_answered(result);
    case Work::cancel_reboot:
        return reboot_cancel_answered(result);
    case Work::reconnect:
        return reconnected(result);
    default:
        return phase_ended(result);
    }
}

void TargetRow::phase_ended(CallResult& result)
{
    if (result.error && try_again(result))
        return;
    if (result.error && state_.phase == Phase::verifying) {
        const bool booted = state_.reboot.back != 0;
        conclude(Outcome::not_verified,
                 (booted ? installed_text() : current_title()) +
                     " was installed, but the version could not be read" +
                     (booted ? " after the reboot: " : ": ") + result.error->text(),
                 result.error->hint());
        return advance(Event::failed);
    }
    if (result.error)
        return fail(*result.error);
    if (result.work == Work::collect)
        collected(result.log);
    if (result.work == Work::remove)
        removed(result.removal);
    if (result.work == Work::submit) {
        silent_ = result.silent;
        learn_by_answer(result.report);
    }
    if (result.work == Work::inventory)
        facts_ = std::move(result.facts);
    if (state_.phase != Phase::verifying)
        return go_on();
    const bool well =
        state_.reboot.back != 0 ? settle_after_boot(facts_.value()) : settle(current_, facts_.value());
    if (well)
        decide_next();
    else
        advance(Event::failed);
}

/// A call to a running agent that got no answer is made again for as long as the agent may be alive.
bool TargetRow::try_again(const CallResult& result)
{
    // Resumed while the target was down: it is waited for as before.
    const bool repeatable = result.work == Work::inventory || result.work == Work::submit ||
                            (result.work == Work::scout && state_.reboot.is_open());
    if (!repeatable || !is_transient(*result.error))
        return false;
    if (cancelled_ && state_.phase != Phase::verifying) {
        advance(Event::cancelled);
        return true;
    }
    const Pace& pace = setting_.pace;
    const auto wait = setting_.jitter.back_off(++retries_, pace.retry, pace.retry_most);
    if (std::chrono::steady_clock::now() + wait > retry_until_)
        return false;
    tell("no answer, trying again: " + result.error->text());
    want_later(result.work, wait);
    return true;
}

void TargetRow::collected(const std::optional<LogProof>& log)
{
    state_.log = log;
    changed_ = true;
    if (log && !log->problem.empty())
        notice("the log of " + setting_.request.targets[index_].name + " " + log->problem);
}

void TargetRow::removed(const Removal& removal)
{
    state_.left = removal.left;
    state_.logs = removal.logs;
    state_.looked = true;
    changed_ = true;
}

void TargetRow::cancel(bool kill)
{
    cancelled_ = true;
    kill_ = kill_ || kill;
    switch (state_.phase) {
    case Phase::waiting:
        return advance(Event::cancelled);
    case Phase::installing:
        return ask_to_cancel();
    case Phase::rebooting:
        if (!busy_)
            want(Work::cancel_reboot);
        return;
    case Phase::reconnecting: // it is to come back, and to be left clean; twice: not even that
        if (!busy_ && kill_)
            give_up_boot("given up");
        return;
    case Phase::scouting:
    case Phase::copying:
    case Phase::starting:
    case Phase::inventory:
    case Phase::staging:
        if (!busy_) // the call was not made yet, or waits to be made again
            advance(Event::cancelled);
        return;
    default:
        return; // goes on to its end anyway
    }
}

void TargetRow::wake()
{
    if (!due_ || busy_)
        return;
    due_.reset();
    wanted_ = due_work_;
}

void TargetRow::tell(const std::string& text)
{
    if (!state_.verdict)
        state_.text = common::one_line(text);
}

void TargetRow::notice(const std::string& text)
{
    const std::string line = common::one_line(text, longest_line);
    if (state_.notices.size() < most_notices)
        state_.notices.push_back(line);
    enter_in_journal(false, line);
}

/// With its phase: what has one is shown as the phase, and never as a notice.
void TargetRow::log(const std::string& text)
{
    enter_in_journal(true, common::one_line(text, longest_line));
    entries_.back().outcome = state_.outcome;
}

void TargetRow::want(Work work)
{
    wanted_ = work;
    changed_ = true;
}

void TargetRow::want_later(Work work, std::chrono::milliseconds time)
{
    due_work_ = work;
    due_ = std::chrono::steady_clock::now() + time;
}

std::optional<Call> TargetRow::take_call()
{
    if (busy_ || !wanted_)
        return std::nullopt;
    Call call;
    call.work = *wanted_;
    if (call.work == Work::inventory && state_.phase == Phase::verifying && state_.reboot.back == 0)
        call.packages = package_names({setting_.request.components[current_]});
    else if (call.work == Work::inventory)
        call.packages = package_names(setting_.request.components);
    if (call.work == Work::submit || call.work == Work::cancel || call.work == Work::kill)
        call.job = current().job;
    if (call.work == Work::submit)
        call.component = setting_.request.components[current_];
    if (call.work == Work::reboot)
        call.reboot = {state_.reboot.boot, reboot_delay(), setting_.request.reboot.message};
    call.limit = setting_.request.job_limit;
    call.allow_downgrade = setting_.request.allow_downgrade;
    call.since = state_.last_seq;
    call.folder = logs_;
    wanted_.reset();
    busy_ = true;
    return call;
}

std::vector<RunEvent> TargetRow::take_entries()
{
    return std::exchange(entries_, {});
}

void TargetRow::enter_in_journal(bool with_phase, std::string text)
{
    RunEvent entry;
    entry.time = now().count();
    entry.target = index_;
    if (with_phase)
        entry.phase = state_.phase;
    entry.text = std::move(text);
    entries_.push_back(std::move(entry));
    changed_ = true;
}

std::string TargetRow::current_title() const
{
    return title(setting_.request.components[current_]);
}

} // namespace manager::rollout
