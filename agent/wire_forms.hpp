#pragma once

#include "agent/event.hpp"
#include "common/soap/wire.hpp"

namespace agent {

/// Our own types in the words of the contract.
wire::Job to_wire(const JobStatus& status);
wire::Event to_wire(const Event& event);

} // namespace agent
