#pragma once

#include "agent/process_name.hpp"

#include <string>

namespace agent {

/// The event by which an agent is asked to stop; only the account it runs as can set it.
std::wstring stop_event(const ProcessName& agent);

/// Asks `agent`, which may be this process; false when it does not listen.
bool ask_to_stop(const ProcessName& agent);

} // namespace agent
