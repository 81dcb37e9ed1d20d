#pragma once

#include "common/os/spawn_windows.hpp"

#include <filesystem>
#include <string>

namespace agent {

/// Our own program file, which Windows keeps as long as it runs.
std::filesystem::path own_program();

/// Our own program in the mode `mode`, to be started.
common::os::Spawn own_mode(const std::string& mode);

} // namespace agent
