#pragma once

#include "manager/rollout/driver.hpp"
#include "manager/rollout/observer.hpp"
#include "manager/rollout/run.hpp"
#include "manager/rollout/store.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace manager::rollout {

/// Carries one run through to its end. One thread, the one in run(), owns all state and takes events from a queue;
/// blocking phases go to a bounded pool of workers; a target that waits for its installer costs a row, no thread.
class Rollout {
public:
    /// `folder`: DIR/runs/<run-id>, where each target's logs go. The store must hold the run already.
    Rollout(Run run, Store& store, MakeDriver make_driver, std::vector<Observer*> observers,
            std::filesystem::path folder);
    ~Rollout();

    /// Returns when every target is done.
    const Run& run();

    /// Events that an agent pushed. Any thread; returns the highest seq that is stored durably by now (a gap is
    /// not acknowledged: the rollout fetches what is missing by itself).
    std::uint64_t agent_events(std::size_t target, std::vector<AgentEvent> events);

    /// A line about a target for the observers ("62286 was taken"). Any thread.
    void notice(std::size_t target, std::string text);

    /// Starts nothing more, lets what runs on the targets finish, cleans up. A second call ends running jobs.
    /// Any thread; also from the one that handles signals.
    void cancel();

private:
    class Engine;
    std::unique_ptr<Engine> engine_;
};

} // namespace manager::rollout
