#pragma once

#include "agent/agent_log.hpp"
#include "agent/run_folder.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace agent {

/// The agent's port in the target's firewall: open for one address. On Linux a process of its own opens
/// it, and closes it as soon as this agent is gone, also by SIGKILL. While it is open, a record in the run's
/// folder says so; by that the next agent closes what a killed one has left.
class PortOpening {
public:
    /// `boot` names this agent process. Opens nothing yet.
    PortOpening(const RunFolder& folder, std::string boot, const AgentLog& log);
    ~PortOpening();
    PortOpening(const PortOpening&) = delete;
    PortOpening& operator=(const PortOpening&) = delete;

    /// Opens `port` for `address` (numeric) where a firewall is active; returns within seconds, with the
    /// firewall's name, "failed", or nothing where there is none. That it fails is only told in the log: the
    /// manager has another road.
    std::string open(const std::string& address, std::uint16_t port);

    /// Returns once it is closed, or after some seconds.
    void close();

private:
    class Guard;

    const RunFolder& folder_;
    const std::string boot_;
    const AgentLog& log_;
    std::unique_ptr<Guard> guard_; ///< while it may be open
};

/// Closes what dead agents of a run, and their guards, left open. Never throws; the log tells.
void close_ports_of_dead(const RunFolder& folder, const AgentLog& log);

} // namespace agent
