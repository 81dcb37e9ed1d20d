#pragma once

#include <string>
#include <string_view>

/// Named points at which a test lets the process die as by a power cut. Orders of the field never name one.
namespace agent {

/// The point at which this process is to die; empty = none. Set once, before any thread.
void set_failpoint(std::string name);
const std::string& chosen_failpoint();

/// Kills this process with SIGKILL when `name` is the chosen point.
void failpoint(std::string_view name);

} // namespace agent
