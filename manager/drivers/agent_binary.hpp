#pragma once

#include "manager/drivers/packed_agents.hpp"
#include "manager/transport/transport.hpp"

#include <string>

namespace manager::drivers {

/// The agent for `architecture` (as `uname -m`), read, hashed and compressed once for all targets. It is
/// looked for beside the running program (`soapstone-agent`, `../agents/linux-ARCH/`) and in
/// /usr/lib/soapstone/agents. Throws `invalid`, naming the places, when there is none. Compressed agents of
/// earlier runs are taken from `kept`, and this one is put there.
transport::AgentBinary load_agent(const std::string& architecture, const PackedAgents& kept);

} // namespace manager::drivers
