#pragma once

#include "manager/cli/fleet_view.hpp"
#include "manager/rollout/observer.hpp"

#include <functional>
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
    void trouble(const rollout::Run& run, const std::string& text) final;
    void finished(const rollout::Run& run) final;
    void say(const std::string& text); ///< about the run as a whole; any thread
    void hush(bool quiet);             ///< while somebody is asked at the terminal; any thread

protected:
    // Called with mutex_ held.
    virtual void on_started(const rollout::Run& run) = 0;
    virtual void on_changed(const rollout::Run& run, std::size_t index) = 0;
    virtual void on_output(const rollout::Run& run, std::size_t index, const std::string& lines) = 0;
    virtual void on_notice(const rollout::Run& run, std::size_t index, const std::string& text) = 0;
    virtual void on_finished(const rollout::Run& run) = 0;
    virtual void on_say(const std::string& text) = 0;
    virtual void on_hush(bool quiet) { static_cast<void>(quiet); }

    std::mutex mutex_;
};

using ProgressHandle = std::unique_ptr<Progress>;

/// How the live table is drawn.
struct Look {
    bool verbose = false; ///< with what components print, above it
    bool colour = true;
    std::function<WindowSize()> window = [] { return WindowSize{}; };
};

/// A table redrawn in place.
ProgressHandle make_terminal_progress(std::ostream& out, Look look);
/// A line for each phase, beginning with the time in UTC. `verbose`: with what components print.
ProgressHandle make_plain_progress(std::ostream& out, bool verbose);
/// A JSON object a line, "format": "soapstone-events/1".
ProgressHandle make_json_progress(std::ostream& out);
/// Nothing but troubles.
ProgressHandle make_quiet_progress(std::ostream& out);

} // namespace manager::cli
