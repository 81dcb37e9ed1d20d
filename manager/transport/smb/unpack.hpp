#pragma once

#include "manager/transport/transport.hpp"

#include <string>

namespace manager::transport::smb {

/// The agent's program out of its packing. Throws `rejected` when that is damaged.
std::string unpack(const AgentBinary& agent);

} // namespace manager::transport::smb
