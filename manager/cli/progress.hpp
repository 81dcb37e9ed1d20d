#pragma once

#include "manager/rollout/observer.hpp"

#include <iosfwd>
#include <memory>
#include <mutex>
#include <string>

namespace manager::cli {

/// Tells a human or a program how a run goes. Besides the engine, the thread that handles signals may speak.
class Progress : public rollout::Observer {
public:
    void started(const rollout::Run& run) final;
    void changed(const rollout::Run& run, std::size_t index) final;
    void output(const rollout::Run& run, std::size_t index, const std::string& lines) final;
    void notice(const rollout::Run& run, std::size_t index, const std::string& text) final;
    void finished(const rollout::Run& run) final;
    void say(const std::string& text); ///< about the run as a whole; any thread

protected:
    // Called with mutex_ held.
    virtual void on_started(const rollout::Run& run) = 0;
    virtual void on_changed(const rollout::Run& run, std::size_t index) = 0;
    virtual void on_output(const rollout::Run& run, std::size_t index, const std::string& lines) = 0;
    virtual void on_notice(const rollout::Run& run, std::size_t index, const std::string& text) = 0;
    virtual void on_finished(const rollout::Run& run) = 0;
    virtual void on_say(const std::string& text) = 0;

    std::mutex mutex_;
};

using ProgressHandle = std::unique_ptr<Progress>;

/// A table redrawn in place. `verbose`: with what components print, above it.
ProgressHandle make_terminal_progress(std::ostream& out, bool verbose, bool color);
/// A line for each change.
ProgressHandle make_plain_progress(std::ostream& out, bool verbose);
/// A JSON object a line, "format": "soapstone-events/1".
ProgressHandle make_json_progress(std::ostream& out);

/// `installing`, or once it is over the outcome.
std::string state_name(const rollout::TargetState& state);

} // namespace manager::cli
