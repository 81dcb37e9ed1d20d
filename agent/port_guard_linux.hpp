#pragma once

#include <string_view>

namespace agent {

/// port_guard.sh, for /bin/sh: opens the agent's port in the target's firewall and closes it again.
extern const std::string_view port_guard_script;

} // namespace agent
