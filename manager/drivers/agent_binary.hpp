#pragma once

#include "manager/transport/transport.hpp"

#include <string>

namespace manager::drivers {

/// The agent for `architecture` (as `uname -m`), read, hashed and compressed once for all targets. It is
/// looked for beside the running program (`soapstone-agent`, `../agents/linux-ARCH/`) and in
/// /usr/lib/soapstone/agents. Throws `invalid`, naming the places, when there is none.
transport::AgentBinary load_agent(const std::string& architecture);

} // namespace manager::drivers
