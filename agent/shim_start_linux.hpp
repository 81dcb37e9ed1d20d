#pragma once

#include "agent/shim.hpp"

namespace agent::shim {

/// Starts the program that is open as `program`, which may have lost its name, with the argument "shim" in a
/// session of its own.
HasEnded start(int program, const std::filesystem::path& job_folder, const Failpoints& failpoints);

} // namespace agent::shim
