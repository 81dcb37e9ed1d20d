#pragma once

#include "agent/shim.hpp"

namespace agent::shim {

/// Starts our own program, which Windows keeps as long as it runs, with the argument "shim".
HasEnded start(const std::filesystem::path& job_folder, const Failpoints& failpoints);

} // namespace agent::shim
