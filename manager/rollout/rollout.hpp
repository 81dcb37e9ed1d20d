#pragma once

#include "manager/rollout/driver.hpp"
#include "manager/rollout/observer.hpp"
#include "manager/rollout/run.hpp"
#include "manager/rollout/store.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace manager::rollout {

class Engine;

/// How long the engine waits for what. Only tests have a reason to change it.
struct Pace {
    std::chrono::milliseconds first_poll{
        1'000};                             ///< after a job was handed over; then twice as long each time
    std::chrono::milliseconds poll{10'000}; ///< the longest between two looks at a target that works, +-20 %
    std::chrono::milliseconds first_poll_silent{200}; ///< the same two at a target that reports nothing by
    std::chrono::milliseconds poll_silent{2'000};     ///< itself
    std::chrono::milliseconds retry{500}; ///< base of the back-off after a call that got no answer
    std::chrono::milliseconds retry_most{30'000};
    std::chrono::milliseconds reboot{1'000};    ///< between two looks at a target that is to go down
    std::chrono::milliseconds reconnect{3'000}; ///< base of the back-off while it is down
    std::chrono::milliseconds reconnect_most{15'000};
    std::chrono::milliseconds store_retry{1'000}; ///< between two tries to store, when the disk is full
};

/// Carries one run through to its end. One thread, the one in run(), owns all state and takes events from a
/// queue; blocking phases go to a bounded pool of workers; a target that waits for its installer costs a row,
/// no thread.
class Rollout {
public:
    /// `folder`: DIR/runs/<run-id>, where each target's logs go. The store must hold the run already.
    /// A run that was taken over goes on: targets with an outcome are left alone, the others begin again with
    /// what is known of them.
    Rollout(Run run, Store& store, MakeDriver make_driver, std::vector<Observer*> observers,
            std::filesystem::path folder, Pace pace = {});
    ~Rollout();

    /// Returns when every target is done; call it once. While the store takes nothing (full disk), nothing
    /// new is begun and agents keep their events; cancel() then ends it with the store's error. Also writes
    /// `folder`/report.json, at the start and at the end, however that comes.
    const Run& run();

    /// Events that an agent pushed. Any thread; blocks until they are stored durably and returns the highest
    /// seq that is (a gap is not acknowledged: the rollout fetches what is missing by itself). Throws what
    /// the store threw when it takes nothing, and `invalid` for a target that there is not.
    std::uint64_t agent_events(std::size_t target, std::vector<AgentEvent> events);

    /// A line about a target for the observers ("62286 was taken"). Any thread.
    void notice(std::size_t target, std::string text);

    /// A line about a target for the run's own log alone, see RunLog. Any thread.
    void log(std::size_t target, std::string text);

    /// Starts nothing more, lets what runs on the targets finish, cleans up. A second call ends running jobs.
    /// Any thread; also from the one that handles signals.
    void cancel();

    /// While on, no more targets are begun; those at work go on. Any thread, also before run().
    void pause(bool on);

private:
    std::unique_ptr<Engine> engine_;
};

} // namespace manager::rollout
