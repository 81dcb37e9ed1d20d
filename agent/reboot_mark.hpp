#pragma once

#include "common/clock.hpp"

namespace agent {

/// True when the system's own mark, that it is to be booted anew, was set at `since` or later.
bool reboot_is_asked_for(common::SystemTime since);

} // namespace agent
