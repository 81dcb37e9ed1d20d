#include "manager/rollout/engine.hpp"

#include "common/text.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/verdict.hpp"

#include <algorithm>
#include <map>

namespace manager::rollout {

namespace {

constexpr std::size_t most_workers = 32;
constexpr std::size_t most_at_a_time = 1'000; ///< items of one turn, so that no transaction grows without end
constexpr auto tell_interval = std::chrono::milliseconds(100);

std::size_t slots(const Request& request)
{
    return std::max<std::size_t>(request.parallel, 1);
}

Urgency urgency_of(Work work)
{
    switch (work) {
    case Work::poll:
    case Work::cancel:
    case Work::kill:
    case Work::reboot:
    case Work::cancel_reboot:
        return Urgency::now;
    case Work::scout:
        return Urgency::fresh;
    default:
        return Urgency::begun;
    }
}

/// Lets a step tell as often as it likes: what comes too fast is dropped on the step's own thread.
template <typename Put>
Tell limited(Put put)
{
    return [put = std::move(put), next = TimePoint{}](const std::string& text) mutable {
        const TimePoint now = std::chrono::steady_clock::now();
        if (now < next)
            return;
        next = now + tell_interval;
        put(text);
    };
}

} // namespace

Engine::Engine(Run run, Store& store, MakeDriver make_driver, std::vector<Observer*> observers,
               std::filesystem::path folder, Pace pace)
    : run_(std::move(run)), store_(store), make_driver_(std::move(make_driver)),
      observers_(std::move(observers)), folder_(std::move(folder)),
      pace_(pace), setting_{run_.request, run_.id, pace_, jitter_}, timers_(run_.request.targets.size()),
      workers_(std::min(slots(run_.request), most_workers))
{
    run_.targets.resize(run_.request.targets.size());
    const std::vector<std::string> names = folder_names(run_.request.targets);
    for (std::size_t i = 0; i < run_.targets.size(); ++i)
        places_.emplace_back(setting_, run_.targets[i], i, folder_ / names[i]);
    pair();
}

/// Hosts and their BMCs, where both are in the run.
void Engine::pair()
{
    std::map<std::string, std::size_t> bmcs;
    const std::vector<target::Target>& targets = run_.request.targets;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        waiting_.push_back(i);
        if (targets[i].connection == target::Connection::bmc)
            bmcs[targets[i].name] = i;
    }
    for (std::size_t i = 0; i < targets.size(); ++i)
        if (const auto bmc = bmcs.find(targets[i].its_bmc); bmc != bmcs.end()) {
            places_[i].row.pair_with(places_[bmc->second].row);
            places_[bmc->second].row.pair_with(places_[i].row);
        }
}

const Run& Engine::run()
{
    try {
        begin();
        while (!finished_)
            turn();
    } catch (...) {
        write_report();
        close(std::current_exception());
        throw;
    }
    close(nullptr);
    if (run_.ended == 0)
        write_report();
    each_observer([&](Observer& observer) { observer.finished(run_); });
    return run_;
}

void Engine::begin()
{
    write_report();
    each_observer([&](Observer& observer) { observer.started(run_); });
    for (Place& place : places_) {
        place.counted = place.row.is_done();
        done_ += place.counted ? 1 : 0;
    }
    fill_slots();
    settle();
}

void Engine::turn()
{
    take_items();
    if (!stalled_) {
        for (const std::size_t target : timers_.take_due(std::chrono::steady_clock::now())) {
            places_[target].row.wake();
            after(target);
        }
        fill_slots();
    }
    settle();
}

common::Deadline Engine::next_deadline() const
{
    if (stalled_)
        return common::Deadline::in(pace_.store_retry);
    const auto earliest = timers_.earliest();
    const auto now = std::chrono::steady_clock::now();
    constexpr std::chrono::nanoseconds longest = std::chrono::minutes(1);
    return common::Deadline::in(
        earliest ? std::min(longest, std::max(*earliest - now, std::chrono::nanoseconds(0))) : longest);
}

void Engine::take_items()
{
    std::optional<Item> item = queue_.take(next_deadline());
    for (std::size_t i = 0; item && i < most_at_a_time; ++i) {
        std::visit([this](auto& what) { apply(what); }, *item);
        item = queue_.take(common::Deadline::in(std::chrono::nanoseconds(0)));
    }
    if (item)
        std::visit([this](auto& what) { apply(what); }, *item);
}

void Engine::apply(Ended& item)
{
    places_[item.target].row.ended(std::move(item.result));
    after(item.target);
}

void Engine::apply(Told& item)
{
    places_[item.target].row.tell(item.text);
    after(item.target);
}

void Engine::apply(Noticed& item)
{
    places_[item.target].row.notice(item.text);
    after(item.target);
}

void Engine::apply(Logged& item)
{
    places_[item.target].row.log(item.text);
    after(item.target);
}

void Engine::apply(Pushed& item)
{
    if (stalled_) { // the agent keeps them, and pushes again
        item.stored.set_exception(std::make_exception_ptr(*stalled_));
        return;
    }
    places_[item.target].row.arrived(std::move(item.events));
    acknowledgements_.emplace_back(item.target, std::move(item.stored));
    after(item.target);
}

void Engine::apply(CancelAsked&)
{
    if (stalled_) // nothing can be begun, not even the clean-up; agents do that by themselves when their
                  // lease ends
        throw *stalled_;
    ++cancels_;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (places_[i].row.is_done())
            continue;
        places_[i].row.cancel(cancels_ > 1);
        after(i);
    }
}

/// What it changes stands in `paused_` already; this only makes the thread look.
void Engine::apply(PauseAsked&) {}

void Engine::fill_slots()
{
    if (paused_)
        return;
    for (std::size_t i = 0; i < waiting_.size() && active_ < slots(run_.request);) {
        const std::size_t target = waiting_[i];
        if (!places_[target].row.may_begin()) {
            ++i;
            continue;
        }
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        if (!places_[target].row.is_done())
            open(target);
    }
}

void Engine::open(std::size_t target)
{
    Place& place = places_[target];
    place.active = true;
    ++active_;
    place.row.begin();
    try {
        place.driver = make_driver_(run_.request.targets[target], target);
    } catch (const common::Error& error) {
        place.row.fail(error);
    } catch (const std::exception& error) {
        place.row.fail({common::Trouble::defect, error.what()});
    }
    after(target);
}

/// A row was worked on: keep what it has to tell, notice when it is done.
void Engine::after(std::size_t target)
{
    Place& place = places_[target];
    std::vector<RunEvent> entries = place.row.take_entries();
    const bool changed = place.row.take_changed() || !entries.empty();
    std::move(entries.begin(), entries.end(), std::back_inserter(entries_));
    if (!std::exchange(place.moved, true))
        moved_.push_back(target);
    if (changed && !std::exchange(place.unsaved, true))
        unsaved_.push_back(target);
    timers_.set(target, place.row.due());
    if (place.row.is_done() && !std::exchange(place.counted, true)) {
        ++done_;
        active_ -= std::exchange(place.active, false) ? 1 : 0;
        release(place);
    }
}

/// Stores what has changed; only when that is durable, whatever follows from it happens.
void Engine::settle()
{
    try {
        store();
    } catch (const common::Error& error) {
        if (error.trouble() == common::Trouble::denied) // the run belongs to another process now
            throw;
        if (!stalled_)
            each_observer([&](Observer& observer) {
                observer.trouble(run_, error.text() + "; nothing new is begun until it can be stored");
            });
        stalled_ = error;
        return;
    }
    if (std::exchange(stalled_, std::nullopt))
        each_observer([&](Observer& observer) { observer.trouble(run_, "the run can be stored again"); });
    for (auto& [target, stored] : std::exchange(acknowledgements_, {}))
        stored.set_value(run_.targets[target].last_seq);
    for (const std::size_t target : moved_)
        make_calls(target);
    tell_observers();
}

void Engine::store()
{
    if (!unsaved_.empty() || !entries_.empty())
        store_.save(run_, unsaved_, entries_);
    std::move(entries_.begin(), entries_.end(), std::back_inserter(to_tell_));
    entries_.clear();
    for (const std::size_t target : std::exchange(unsaved_, {}))
        places_[target].unsaved = false;
    if (done_ < places_.size())
        return;
    finished_ = true;
    if (std::any_of(run_.targets.begin(), run_.targets.end(), is_out_of_reach))
        return; // whoever gets there can resume the run
    run_.ended = common::to_milliseconds(std::chrono::system_clock::now());
    write_report(); // first: nobody resumes a finished run, so that an old report of it would stay for ever
    store_.finish(run_);
}

void Engine::make_calls(std::size_t target)
{
    Place& place = places_[target];
    const std::optional<Call> call = place.row.take_call();
    if (!call)
        return;
    timers_.set(target, std::nullopt);
    workers_.add(
        [this, target, driver = place.driver.get(), call = *call] {
            const Tell tell = limited([&](const std::string& text) { queue_.put(Told{target, text}); });
            queue_.put(Ended{target, carry_out(*driver, call, tell)});
        },
        urgency_of(call->work));
}

void Engine::tell_observers()
{
    std::vector<bool> told(places_.size());
    for (const RunEvent& entry : std::exchange(to_tell_, {})) {
        const std::size_t target = entry.target.value();
        each_observer([&](Observer& observer) {
            if (!entry.output.empty())
                observer.output(run_, target, entry.output);
            else if (entry.phase)
                observer.changed(run_, target);
            else
                observer.notice(run_, target, entry.text);
        });
        told[target] = told[target] || entry.phase;
    }
    for (const std::size_t target : std::exchange(moved_, {})) {
        places_[target].moved = false;
        if (!told[target])
            each_observer([&](Observer& observer) { observer.changed(run_, target); });
    }
}

/// Closing a connection can take its time, so it is done where that holds up nobody.
void Engine::release(Place& place)
{
    if (place.driver)
        workers_.add(
            [driver = std::shared_ptr<Driver>(std::move(place.driver))]() mutable { driver.reset(); },
            Urgency::begun);
}

std::uint64_t Engine::agent_events(std::size_t target, std::vector<AgentEvent> events)
{
    if (target >= places_.size())
        throw common::Error(common::Trouble::invalid, "this run has no target " + std::to_string(target));
    std::promise<std::uint64_t> stored;
    std::future<std::uint64_t> answer = stored.get_future();
    {
        const std::lock_guard lock(door_);
        if (closed_ && closed_why_)
            std::rethrow_exception(closed_why_);
        if (closed_)
            return run_.targets[target].last_seq;
        queue_.put(Pushed{target, std::move(events), std::move(stored)});
    }
    return answer.get();
}

void Engine::notice(std::size_t target, std::string text)
{
    if (target < places_.size())
        queue_.put(Noticed{target, std::move(text)});
}

void Engine::pause(bool on)
{
    paused_ = on; // at once: a run that is about to begin must not begin with its first targets
    queue_.put(PauseAsked{});
}

void Engine::log(std::size_t target, std::string text)
{
    if (target < places_.size())
        queue_.put(Logged{target, std::move(text)});
}

void Engine::cancel()
{
    queue_.put(CancelAsked{});
}

/// Nobody may wait for an answer any more when the thread that gives answers leaves.
void Engine::close(std::exception_ptr why)
{
    {
        const std::lock_guard lock(door_);
        closed_ = true;
        closed_why_ = why;
    }
    const auto answer = [&](std::size_t target, std::promise<std::uint64_t>& stored) {
        if (why)
            stored.set_exception(why);
        else
            stored.set_value(run_.targets[target].last_seq);
    };
    for (auto& [target, stored] : acknowledgements_)
        answer(target, stored);
    while (std::optional<Item> item = queue_.take(common::Deadline::in(std::chrono::nanoseconds(0))))
        if (auto* pushed = std::get_if<Pushed>(&*item))
            answer(pushed->target, pushed->stored);
}

/// A report that cannot be written is told, and otherwise no reason to stop: the store has it all.
void Engine::write_report() noexcept
{
    try {
        rollout::write_report(run_, folder_);
    } catch (const std::exception& error) {
        each_observer([&](Observer& observer) {
            observer.trouble(run_, std::string("the report could not be written: ") + error.what());
        });
    }
}

/// An observer that throws only spoils its own view.
template <typename TellOne>
void Engine::each_observer(const TellOne& tell)
{
    for (Observer* observer : observers_) {
        try {
            tell(*observer);
        } catch (const std::exception&) {
            continue;
        }
    }
}

} // namespace manager::rollout
