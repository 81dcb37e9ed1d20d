#pragma once

#include "common/queue.hpp"
#include "manager/rollout/call.hpp"
#include "manager/rollout/rollout.hpp"
#include "manager/rollout/target_row.hpp"
#include "manager/rollout/timers.hpp"
#include "manager/rollout/workers.hpp"

#include <atomic>
#include <future>
#include <set>
#include <variant>

namespace manager::rollout {

/// The one owner of a run's state: takes messages from a queue, lets rows take their steps, stores what came
/// of it, and only then makes the calls that the rows want.
class Engine {
public:
    Engine(Run run, Store& store, MakeDriver make_driver, std::vector<Observer*> observers,
           std::filesystem::path folder, Pace pace);

    const Run& run();
    std::uint64_t agent_events(std::size_t target, std::vector<AgentEvent> events);
    void notice(std::size_t target, std::string text);
    void cancel();

private:
    struct Ended {
        std::size_t target;
        CallResult result;
    };
    struct Arrived {
        std::size_t target;
        std::vector<AgentEvent> events;
        std::promise<std::uint64_t> stored;
    };
    struct Told {
        std::size_t target;
        std::string text;
    };
    struct Noticed {
        std::size_t target;
        std::string text;
    };
    struct Cancelled {};
    using Message = std::variant<Ended, Arrived, Told, Noticed, Cancelled>;

    void admit();
    void take_messages();
    void handle(Message& message);
    void take(Ended& ended);
    void take(Arrived& arrived);
    void take(Told& told);
    void take(Noticed& noticed);
    void take(Cancelled&);
    void touch(std::size_t target);
    bool store();
    void gather();
    void acknowledge(const std::exception_ptr& trouble);
    void tell_observers();
    void make_calls();
    void leave(std::size_t target);
    common::Deadline patience() const;

    Run run_;
    Store& store_;
    MakeDriver make_driver_;
    std::vector<Observer*> observers_;
    std::filesystem::path folder_;
    Pace pace_;
    Jitter jitter_;
    Setting setting_;
    Timers timers_;
    common::Queue<Message> messages_;

    std::vector<TargetRow> rows_;
    std::vector<std::shared_ptr<Driver>> drivers_;
    std::size_t next_waiting_ = 0;
    std::size_t active_ = 0;
    std::size_t done_ = 0;
    unsigned cancels_ = 0;

    std::set<std::size_t> touched_; ///< since the last look of the observers
    std::set<std::size_t> unstored_;
    std::vector<RunEvent> unstored_entries_;
    std::vector<Arrived> waiting_for_store_;
    std::atomic<bool> over_ = false;       ///< nobody takes messages any more
    std::optional<TimePoint> store_again_; ///< the store takes nothing; when to try again

    Workers workers_; ///< last: its threads use what stands above
};

} // namespace manager::rollout
