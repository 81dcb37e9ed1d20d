#include "manager/rollout/engine.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "manager/rollout/report.hpp"

#include <algorithm>
#include <utility>

namespace manager::rollout {

namespace {

/// Calls that block hold a thread each; more of them than this win nothing (measured: knowledge of SSH
/// logins).
constexpr std::size_t most_workers = 32;

/// The longest sleep of the owner thread; everything that matters wakes it earlier.
constexpr std::chrono::seconds nap{5};

/// How long those who brought events wait before they look whether the run is over.
constexpr std::chrono::milliseconds look_again{200};

bool is_urgent(Work work)
{
    return work == Work::poll || work == Work::cancel || work == Work::kill;
}

} // namespace

Engine::Engine(Run run, Store& store, MakeDriver make_driver, std::vector<Observer*> observers,
               std::filesystem::path folder, Pace pace)
    : run_(std::move(run)), store_(store), make_driver_(std::move(make_driver)),
      observers_(std::move(observers)), folder_(std::move(folder)),
      pace_(pace), setting_{run_.request, run_.id, pace_, jitter_}, timers_(run_.request.targets.size()),
      drivers_(run_.request.targets.size()),
      workers_(std::clamp<std::size_t>(run_.request.parallel, 1, most_workers))
{
    run_.targets.resize(run_.request.targets.size());
    rows_.reserve(run_.targets.size());
    for (std::size_t i = 0; i < run_.targets.size(); ++i) {
        rows_.emplace_back(setting_, run_.targets[i], i, folder_ / run_.request.targets[i].name);
        if (rows_[i].is_done())
            ++done_;
    }
}

const Run& Engine::run()
{
    for (Observer* observer : observers_)
        observer->started(run_);
    write_report(run_, folder_);
    while (done_ < rows_.size()) {
        admit();
        if (store())
            make_calls();
        tell_observers();
        if (done_ < rows_.size())
            take_messages();
    }
    over_ = true;
    run_.ended = common::to_milliseconds(std::chrono::system_clock::now());
    store_.finish(run_);
    write_report(run_, folder_);
    for (Observer* observer : observers_)
        observer->finished(run_);
    return run_;
}

std::uint64_t Engine::agent_events(std::size_t target, std::vector<AgentEvent> events)
{
    if (target >= rows_.size())
        throw common::Error(common::Trouble::invalid,
                            "there is no target " + std::to_string(target) + " in this run");
    Arrived arrived{target, std::move(events), {}};
    std::future<std::uint64_t> stored = arrived.stored.get_future();
    messages_.put(std::move(arrived));
    while (stored.wait_for(look_again) != std::future_status::ready)
        if (over_)
            throw common::Error(common::Trouble::busy, "the run is over; nothing more is stored");
    return stored.get();
}

void Engine::notice(std::size_t target, std::string text)
{
    messages_.put(Noticed{target, std::move(text)});
}

void Engine::cancel()
{
    messages_.put(Cancelled{});
}

/// Lets waiting targets begin while there are slots.
void Engine::admit()
{
    while (next_waiting_ < rows_.size() && active_ < std::max<std::size_t>(run_.request.parallel, 1)) {
        const std::size_t target = next_waiting_++;
        if (rows_[target].is_done())
            continue;
        drivers_[target] = make_driver_(run_.request.targets[target], target);
        ++active_;
        rows_[target].begin();
        touch(target);
    }
}

void Engine::take_messages()
{
    std::optional<Message> message = messages_.take(patience());
    while (message) {
        handle(*message);
        message = messages_.take(common::Deadline::in(std::chrono::nanoseconds(0)));
    }
    for (const std::size_t target : timers_.take_due(std::chrono::steady_clock::now())) {
        rows_[target].wake();
        touch(target);
    }
}

common::Deadline Engine::patience() const
{
    const TimePoint now = std::chrono::steady_clock::now();
    TimePoint until = now + nap;
    if (const std::optional<TimePoint> due = timers_.earliest())
        until = std::min(until, *due);
    if (store_again_)
        until = std::min(until, *store_again_);
    return common::Deadline::in(std::max(until - now, TimePoint::duration(0)));
}

void Engine::handle(Message& message)
{
    std::visit([this](auto& one) { take(one); }, message);
}

void Engine::take(Ended& ended)
{
    rows_[ended.target].ended(std::move(ended.result));
    touch(ended.target);
}

void Engine::take(Arrived& arrived)
{
    rows_[arrived.target].arrived(std::move(arrived.events));
    touch(arrived.target);
    waiting_for_store_.push_back(std::move(arrived));
}

void Engine::take(Told& told)
{
    rows_[told.target].tell(told.text);
    touch(told.target);
}

void Engine::take(Noticed& noticed)
{
    rows_[noticed.target].notice(noticed.text);
    touch(noticed.target);
}

void Engine::take(Cancelled&)
{
    ++cancels_;
    for (std::size_t target = 0; target < rows_.size(); ++target) {
        if (rows_[target].is_done())
            continue;
        rows_[target].cancel(cancels_ > 1);
        touch(target);
    }
}

/// Something happened to `target`: observers, store and timers will look at it.
void Engine::touch(std::size_t target)
{
    touched_.insert(target);
    timers_.set(target, rows_[target].due());
}

void Engine::gather()
{
    for (const std::size_t target : touched_) {
        if (rows_[target].take_changed())
            unstored_.insert(target);
        std::vector<RunEvent> entries = rows_[target].take_entries();
        for (RunEvent& entry : entries) {
            for (Observer* observer : observers_) {
                if (!entry.output.empty())
                    observer->output(run_, target, entry.output);
                else if (!entry.phase && !entry.text.empty())
                    observer->notice(run_, target, entry.text);
            }
            unstored_entries_.push_back(std::move(entry));
        }
    }
}

/// One durable step for all that happened since the last one. False: the store takes nothing now, so nothing
/// new may begin.
bool Engine::store()
{
    gather();
    const bool nothing = unstored_.empty() && unstored_entries_.empty();
    if (!nothing && store_again_ && std::chrono::steady_clock::now() < *store_again_ && cancels_ == 0)
        return false;
    try {
        if (!nothing)
            store_.save(run_, {unstored_.begin(), unstored_.end()}, unstored_entries_);
    } catch (const common::Error& error) {
        acknowledge(std::current_exception());
        if (cancels_ > 0)
            throw;
        if (!store_again_)
            for (Observer* observer : observers_)
                observer->trouble(run_, "nothing can be stored, so nothing new begins: " + error.text());
        store_again_ = std::chrono::steady_clock::now() + pace_.store_retry;
        return false;
    }
    store_again_.reset();
    unstored_.clear();
    unstored_entries_.clear();
    acknowledge(nullptr);
    return true;
}

/// Lets those who brought events go: they are durable, or the store said why not.
void Engine::acknowledge(const std::exception_ptr& trouble)
{
    for (Arrived& arrived : waiting_for_store_) {
        if (trouble)
            arrived.stored.set_exception(trouble);
        else
            arrived.stored.set_value(run_.targets[arrived.target].last_seq);
    }
    waiting_for_store_.clear();
}

void Engine::make_calls()
{
    for (std::size_t target = 0; target < rows_.size(); ++target) {
        if (!drivers_[target])
            continue;
        if (rows_[target].is_done()) {
            leave(target);
            continue;
        }
        std::optional<Call> call = rows_[target].take_call();
        if (!call)
            continue;
        timers_.set(target, std::nullopt);
        const bool urgent = is_urgent(call->work);
        workers_.add(
            [this, target, driver = drivers_[target], work = std::move(*call)] {
                const Tell tell = [this, target](const std::string& text) {
                    messages_.put(Told{target, text});
                };
                messages_.put(Ended{target, carry_out(*driver, work, tell)});
            },
            urgent);
    }
}

/// A target is done: its slot is free, and its driver goes on a worker, because closing a session may block.
void Engine::leave(std::size_t target)
{
    ++done_;
    --active_;
    timers_.set(target, std::nullopt);
    workers_.add([driver = std::move(drivers_[target])]() mutable { driver.reset(); });
    drivers_[target].reset();
    messages_.put(Told{target, run_.targets[target].text}); // wakes the owner: a slot is free
}

void Engine::tell_observers()
{
    for (const std::size_t target : std::exchange(touched_, {}))
        for (Observer* observer : observers_)
            observer->changed(run_, target);
}

} // namespace manager::rollout
