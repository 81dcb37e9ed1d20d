#pragma once

#include "common/queue.hpp"
#include "manager/rollout/call.hpp"
#include "manager/rollout/jitter.hpp"
#include "manager/rollout/rollout.hpp"
#include "manager/rollout/target_row.hpp"
#include "manager/rollout/timers.hpp"
#include "manager/rollout/workers.hpp"

#include <atomic>
#include <deque>
#include <future>
#include <mutex>
#include <variant>

namespace manager::rollout {

/// What Rollout is made of. All state belongs to the thread in run(); others only put items into the queue.
///
/// One turn: take all that happened, let the rows think, store the whole in one durable step, and only then
/// make the calls, answer the agents and tell the observers.
class Engine {
public:
    Engine(Run run, Store& store, MakeDriver make_driver, std::vector<Observer*> observers,
           std::filesystem::path folder, Pace pace);

    const Run& run();
    std::uint64_t agent_events(std::size_t target, std::vector<AgentEvent> events);
    void notice(std::size_t target, std::string text);
    void log(std::size_t target, std::string text);
    void cancel();
    void pause(bool on);

private:
    struct Ended {
        std::size_t target;
        CallResult result;
    };
    struct Told {
        std::size_t target;
        std::string text;
    };
    struct Noticed {
        std::size_t target;
        std::string text;
    };
    struct Logged {
        std::size_t target;
        std::string text;
    };
    struct Pushed {
        std::size_t target;
        std::vector<AgentEvent> events;
        std::promise<std::uint64_t> stored;
    };
    struct CancelAsked {};
    struct PauseAsked {};
    using Item = std::variant<Ended, Told, Noticed, Logged, Pushed, CancelAsked, PauseAsked>;

    /// One target, as the engine sees it. `row` stays where it is.
    struct Place {
        Place(const Setting& setting, TargetState& state, std::size_t index, std::filesystem::path logs)
            : row(setting, state, index, std::move(logs))
        {
        }
        TargetRow row;
        std::unique_ptr<Driver> driver;
        bool active = false;  ///< has a slot
        bool counted = false; ///< among the done ones
        bool moved = false;   ///< in moved_
        bool unsaved = false; ///< in unsaved_
    };

    void begin();
    void turn();
    common::Deadline next_deadline() const;
    void take_items();
    void apply(Ended& item);
    void apply(Told& item);
    void apply(Noticed& item);
    void apply(Logged& item);
    void apply(Pushed& item);
    void apply(CancelAsked& item);
    void apply(PauseAsked& item);
    void pair();
    void fill_slots();
    void open(std::size_t target);
    void after(std::size_t target);
    void settle();
    void store();
    void make_calls(std::size_t target);
    void tell_observers();
    void release(Place& place);
    void close(std::exception_ptr why);
    void write_report() noexcept;
    template <typename TellOne>
    void each_observer(const TellOne& tell);

    Run run_;
    Store& store_;
    MakeDriver make_driver_;
    std::vector<Observer*> observers_;
    std::filesystem::path folder_;
    Pace pace_;
    Jitter jitter_;
    Setting setting_;
    std::deque<Place> places_;
    Timers timers_;

    std::vector<std::size_t> moved_;   ///< rows that may have calls to make and things to tell
    std::vector<std::size_t> unsaved_; ///< rows whose state the store does not have
    std::vector<RunEvent> entries_;    ///< that the store does not have
    std::vector<RunEvent> to_tell_;    ///< that it has, and the observers do not
    std::vector<std::pair<std::size_t, std::promise<std::uint64_t>>> acknowledgements_;
    std::optional<common::Error> stalled_; ///< why the store takes nothing

    std::deque<std::size_t> waiting_; ///< for a slot, in the order in which they get one
    std::size_t active_ = 0;
    std::size_t done_ = 0;
    unsigned cancels_ = 0;
    std::atomic<bool> paused_ = false; ///< no more targets are begun
    bool finished_ = false;

    common::Queue<Item> queue_;
    std::mutex door_; ///< between agent_events() and the end of the run
    bool closed_ = false;
    std::exception_ptr closed_why_;

    Workers workers_; ///< last: its threads use the queue and the drivers
};

} // namespace manager::rollout
