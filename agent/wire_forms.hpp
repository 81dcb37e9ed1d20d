#pragma once

#include "agent/agent_log.hpp"
#include "agent/event.hpp"
#include "agent/log_courier.hpp"
#include "agent/reboot.hpp"
#include "common/soap/wire.hpp"

namespace agent {

/// Our own types in the words of the contract.
wire::Job to_wire(const JobStatus& status);
wire::Event to_wire(const Event& event);
wire::Reboot to_wire(const RebootStatus& status);
wire::LogHead to_wire(const AgentLog::Head& head);

/// Throws Error when it names no server.
LogRoad log_road(const wire::LogRoad& road);

} // namespace agent
