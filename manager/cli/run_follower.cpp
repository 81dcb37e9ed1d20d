#include "manager/cli/run_follower.hpp"

#include "common/error.hpp"
#include "manager/cli/words.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr std::chrono::milliseconds look_again{200};
constexpr std::size_t most_events = 1'000; ///< taken from the store at once

/// How often a manager may be looked at that does not work on the run: it is just starting.
constexpr unsigned most_looks_in_vain = 50;

bool is_done(const rollout::Run& run)
{
    return run.ended != 0 || std::all_of(run.targets.begin(), run.targets.end(),
                                         [](const auto& target) { return target.outcome.has_value(); });
}

/// A run as it was when it began.
rollout::Run begun(rollout::Run run)
{
    for (rollout::TargetState& target : run.targets) {
        target = {};
        target.components.resize(run.request.components.size());
    }
    return run;
}

} // namespace

RunFollower::RunFollower(const store::SqliteStore& store, std::string run, Progress& progress,
                         std::function<bool()> is_served)
    : store_(store), id_(std::move(run)), progress_(progress), is_served_(std::move(is_served)),
      view_(begun(store.find(id_).value()))
{
}

rollout::Run RunFollower::follow()
{
    progress_.started(view_);
    for (;;) {
        const bool owned = store_.is_owned(id_);
        const bool over = !owned && is_done(store_.find(id_).value()); // before the last look
        catch_up();
        if (over)
            break;
        if (owned)
            looks_in_vain_ = 0;
        else
            check_manager();
        std::this_thread::sleep_for(look_again);
    }
    rollout::Run run = store_.find(id_).value();
    progress_.finished(run);
    return run;
}

void RunFollower::catch_up()
{
    for (;;) {
        const std::vector<rollout::RunEvent> events = store_.events(id_, since_, most_events);
        if (events.empty())
            return;
        const rollout::Run now = store_.find(id_).value();
        for (const rollout::RunEvent& event : events)
            take(event, now);
    }
}

void RunFollower::take(const rollout::RunEvent& event, const rollout::Run& now)
{
    since_ = event.seq;
    if (!event.target)
        return progress_.say(event.text);
    const std::size_t target = *event.target;
    if (target >= view_.targets.size())
        return;
    if (!event.output.empty())
        return progress_.output(view_, target, event.output);
    if (!event.phase)
        return progress_.notice(view_, target, event.text);
    rollout::TargetState& state = view_.targets[target];
    const rollout::TargetState& newest = now.targets[target];
    if (newest.phase == *event.phase && newest.outcome == event.outcome) {
        state = newest; // with what no entry tells: what is going on, the way out
    } else {
        state.phase = *event.phase;
        state.outcome = event.outcome;
        if (!event.text.empty())
            state.text = event.text;
    }
    progress_.changed(view_, target);
}

void RunFollower::check_manager()
{
    if (is_served_()) {
        alone_ = false;
        if (++looks_in_vain_ > most_looks_in_vain)
            throw Error(Trouble::rejected,
                        "the manager does not work on run " + short_id(view_) + " any more",
                        "'soapstone resume " + short_id(view_) + "' goes on with it");
    } else if (!std::exchange(alone_, true)) {
        progress_.say("the manager has gone; the run goes on when 'soapstone serve' is back");
    }
}

} // namespace manager::cli
