#pragma once

#include "manager/rollout/run.hpp"

namespace manager::rollout {

/// Watches a run: the terminal, a log, a report. Called on the engine's thread only, so it must be quick.
class Observer {
public:
    virtual ~Observer() = default;

    virtual void started(const Run& run) = 0;
    /// The target `index` changed: phase, text or outcome.
    virtual void changed(const Run& run, std::size_t index) = 0;
    /// Lines that a component printed on the target `index`.
    virtual void output(const Run& run, std::size_t index, const std::string& lines) = 0;
    /// Something worth a line that belongs to no phase, as "62286 was taken, the agent listens on 62287".
    virtual void notice(const Run& run, std::size_t index, const std::string& text) = 0;
    /// Something that concerns the whole run, as "nothing can be stored: the disk is full".
    virtual void trouble(const Run& run, const std::string& text)
    {
        static_cast<void>(run);
        static_cast<void>(text);
    }
    virtual void finished(const Run& run) = 0;
};

} // namespace manager::rollout
