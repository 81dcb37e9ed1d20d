#pragma once

#include "agent/process_name.hpp"

namespace agent {

/// Ends another agent: it is asked to (StopRequest), and killed when it does not go within 5 s.
void stop_process(const ProcessName& process);

} // namespace agent
