#include "common/clock.hpp"
#include "common/text.hpp"
#include "common/tls/signature.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/target_row.hpp"
#include "manager/rollout/verdict.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

constexpr unsigned most_attempts = 3; ///< of one component, the first included

/// "installing tree 2.1.0-1: dependencies are missing (exit code 1)"; a number that the agent's own sentence
/// tells is not told again.
std::string reason(const std::string& what, const JobReport& report)
{
    std::string text = "installing " + what + ": " + (report.text.empty() ? report.result : report.text);
    std::string number;
    if (report.exit_code)
        number = "exit code " + std::to_string(*report.exit_code);
    else if (report.signal)
        number = "signal " + std::to_string(*report.signal);
    return text.find(number) == std::string::npos ? text + " (" + number + ")" : text;
}

} // namespace

void TargetRow::watch()
{
    install_until_ = std::chrono::steady_clock::now() + setting_.request.job_limit + setting_.request.lease;
    polls_ = 0;
    misses_ = 0;
    overdue_ = false;
    state_.text = "installing " + current_title();
    schedule_poll();
    look_at_job();
    if (state_.phase == Phase::installing && cancelled_)
        ask_to_cancel();
}

void TargetRow::arrived(std::vector<AgentEvent> events)
{
    take_events(std::move(events), false);
    if (state_.phase != Phase::installing)
        return;
    found();
    look_at_job();
    if (state_.phase == Phase::installing && gap_ && !busy_ && !wanted_)
        want(Work::poll);
}

/// `complete`: they come out of the agent's journal, so what is missing there is lost for good.
void TargetRow::take_events(std::vector<AgentEvent> events, bool complete)
{
    std::stable_sort(events.begin(), events.end(),
                     [](const AgentEvent& left, const AgentEvent& right) { return left.seq < right.seq; });
    for (const AgentEvent& event : events) {
        if (event.seq <= state_.last_seq)
            continue; // a retry
        if (event.seq > state_.last_seq + 1 && !complete) {
            gap_ = true;
            return;
        }
        if (event.seq > state_.last_seq + 1)
            notice("events " + std::to_string(state_.last_seq + 1) + " to " + std::to_string(event.seq - 1) +
                   " are missing in the agent's journal");
        state_.last_seq = event.seq;
        changed_ = true;
        take_event(event);
    }
}

void TargetRow::take_event(const AgentEvent& event)
{
    if (event.job) {
        const auto of_job = [&](const ComponentState& component) { return component.job == event.job->job; };
        const auto component = std::find_if(state_.components.begin(), state_.components.end(), of_job);
        if (component == state_.components.end() || component->job.empty())
            return;
        learn(*component, *event.job);
        if (&*component == &current() && is_final(event.job->state))
            unheard_ = false; // its output comes before its end
    } else if (!event.output_of.empty()) {
        enter_in_journal(false, {});
        if (event.dropped > 0)
            entries_.back().output = "[" + common::bytes_text(event.dropped) + " left out here]\n";
        entries_.back().output += common::xml_safe(event.text);
    } else if (!event.progress.empty()) {
        tell(event.progress);
    } else {
        notice(event.text);
    }
}

/// Reports come by two ways and may overtake each other: a final one stays, and what runs was accepted
/// before.
void TargetRow::learn(ComponentState& component, const JobReport& report)
{
    if (component.report && is_final(component.report->state))
        return;
    if (component.report && component.report->state == JobState::running &&
        report.state == JobState::accepted)
        return;
    const bool news = !component.report || component.report->state != report.state;
    component.report = report;
    component.report->job = component.job;
    component.report->text = common::one_line(report.text, 1'000);
    component.report->result = common::one_line(report.result, 50);
    changed_ = true;
    if (!news)
        return;
    if (report.state == JobState::running) // its own time begins now
        install_until_ =
            std::chrono::steady_clock::now() + setting_.request.job_limit + setting_.request.lease;
    const auto index = static_cast<std::size_t>(&component - state_.components.data());
    enter_in_journal(true,
                     title(setting_.request.components[index]) + ": " + std::string(name_of(report.state)));
}

/// By an answer, which overtakes the events: one that tells of an end does not tell what was printed before.
void TargetRow::learn_by_answer(const JobReport& report)
{
    learn(current(), report);
    unheard_ = is_final(current().report->state);
}

void TargetRow::look_at_job()
{
    if (current().report && is_final(current().report->state) && !unheard_)
        job_over();
}

void TargetRow::job_over()
{
    const JobReport& report = *current().report;
    if (is_success(report.state) || is_interrupted(report.state) || is_omitted(report))
        return advance(Event::succeeded);
    if (report.result == result_unconfirmed || report.result == result_not_verified)
        return end_uncertain(report);
    const bool ended =
        report.state == JobState::cancelled || report.result == "killed" || report.result == "cancelled";
    if (cancelled_ && ended) {
        const bool begun = report.state != JobState::cancelled;
        conclude(Outcome::cancelled, current_title() + (begun ? " was ended while it ran" : " was cancelled"),
                 begun ? "look at the target before the next try" : "");
        return advance(Event::cancelled);
    }
    if (order_anew())
        return advance(Event::work_left);
    fail({common::Trouble::rejected, reason(current_title(), report)});
}

/// A BMC took the image, and did not come to show its version.
void TargetRow::end_uncertain(const JobReport& report)
{
    conclude(report.result == result_unconfirmed ? Outcome::unconfirmed : Outcome::not_verified,
             current_title() + ": " + report.text,
             "look at the BMC; once it answers, 'soapstone bmc inventory' shows what runs there");
    advance(Event::failed);
}

/// An agent whose lease ends gives up what it has not begun, and nobody can begin that any more. So the
/// component may be ordered again, as another job. False when its job ended otherwise, or that was tried
/// often enough.
bool TargetRow::order_anew()
{
    if (cancelled_ || current().report->state != JobState::cancelled)
        return false;
    const auto id = [&](unsigned attempt) {
        return common::tls::job_id(setting_.run, std::to_string(index_),
                                   setting_.request.components[current_].identity(), attempt);
    };
    for (unsigned attempt = 1; attempt < most_attempts; ++attempt) {
        if (current().job != id(attempt))
            continue;
        notice(current_title() + " was given up before it began: " + current().report->text +
               "; it is handed over again");
        current().job = id(attempt + 1);
        current().report.reset();
        changed_ = true;
        return true;
    }
    return false;
}

void TargetRow::polled(CallResult& result)
{
    if (result.error && state_.phase == Phase::installing && unheard_) { // it is over all the same
        unheard_ = false;
        return look_at_job();
    }
    if (result.error && state_.phase == Phase::installing)
        return lost(*result.error);
    if (result.error)
        return;
    gap_ = false;
    unheard_ = unheard_ && !result.events.empty();
    silent_ = result.silent;
    if (!result.events.empty())
        polls_ = 0; // more is likely to follow
    take_events(std::move(result.events), true);
    if (state_.phase != Phase::installing)
        return;
    found();
    look_at_job();
    if (state_.phase != Phase::installing)
        return;
    schedule_poll();
    if (kill_ && !kill_sent_)
        ask_to_cancel();
    if (std::chrono::steady_clock::now() > install_until_)
        overdue();
}

/// No answer says nothing about the job: the target works on its own.
void TargetRow::lost(const common::Error& error)
{
    if (!is_transient(error))
        return fail(error);
    if (misses_++ == 0) {
        lost_since_ = common::utc_now();
        notice("no answer: " + error.text());
    }
    if (std::chrono::steady_clock::now() > install_until_)
        return fail({common::Trouble::unreachable,
                     "lost contact while installing " + current_title() + ": no answer since " + lost_since_ +
                         ": " + error.text(),
                     error.hint()});
    tell("no answer since " + lost_since_ + ": " + error.text());
    want_later(Work::poll, setting_.jitter.back_off(misses_, setting_.pace.retry, setting_.pace.retry_most));
}

void TargetRow::found()
{
    if (std::exchange(misses_, 0) == 0)
        return;
    tell("installing " + current_title());
    notice("answers again");
}

/// The agent ends a job whose time is over; one that does not is told to, once, and then given up.
void TargetRow::overdue()
{
    if (overdue_)
        return fail({common::Trouble::rejected, current_title() + " did not end within " +
                                                    common::duration_text(setting_.request.job_limit) +
                                                    " and could not be ended"});
    overdue_ = true;
    install_until_ = std::chrono::steady_clock::now() + setting_.request.lease;
    notice(current_title() + " is over its time and is ended");
    want(Work::kill);
}

void TargetRow::schedule_poll()
{
    if ((gap_ || unheard_) && !busy_ && !wanted_)
        return want(Work::poll);
    const Pace& pace = setting_.pace;
    // An agent that begins nothing, its disk being full, hears of us by this alone, and leaves when its lease
    // ends.
    const std::chrono::milliseconds most = std::min<std::chrono::milliseconds>(
        silent_ ? pace.poll_silent : pace.poll, setting_.request.lease / 3);
    std::chrono::milliseconds wait = silent_ ? pace.first_poll_silent : pace.first_poll;
    for (unsigned i = 0; i < polls_ && wait < most; ++i)
        wait *= 2;
    ++polls_;
    want_later(Work::poll, setting_.jitter.around(std::min(wait, most)));
}

void TargetRow::ask_to_cancel()
{
    const bool begun = current().report && current().report->state != JobState::accepted;
    if (kill_ && !kill_sent_) {
        kill_sent_ = true;
        want(Work::kill);
    } else if (!kill_ && !cancel_sent_ && !begun) {
        cancel_sent_ = true;
        want(Work::cancel);
    }
}

void TargetRow::cancel_answered(CallResult& result)
{
    if (!result.error)
        learn_by_answer(result.report);
    if (state_.phase != Phase::installing)
        return;
    if (result.error && is_transient(*result.error) && std::chrono::steady_clock::now() < install_until_) {
        tell("no answer, trying again: " + result.error->text());
        return want_later(kill_ ? Work::kill : result.work,
                          setting_.jitter.back_off(++misses_, setting_.pace.retry, setting_.pace.retry_most));
    }
    if (result.error && !current().report) { // never acknowledged, and not known there: it did not arrive
        conclude(Outcome::cancelled, current_title() + " was cancelled before it arrived");
        return advance(Event::cancelled);
    }
    if (result.error)
        notice("ending " + current_title() + ": " + result.error->text());
    look_at_job();
    if (state_.phase == Phase::installing)
        schedule_poll();
}

} // namespace manager::rollout
