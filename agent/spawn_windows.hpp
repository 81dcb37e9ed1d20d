#pragma once

#include "common/os/windows.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace agent {

/// What a new process gets. Of our handles it inherits those that are named here and no other.
struct Spawn {
    std::filesystem::path program;
    std::wstring command_line;            ///< with the program's name
    std::vector<std::string> environment; ///< NAME=value
    std::filesystem::path folder;         ///< where it starts
    HANDLE input = nullptr;               ///< nothing to read where there is none
    HANDLE output = nullptr;              ///< standard output and errors; nowhere where there is none
    HANDLE kept = nullptr;                ///< one more handle for it to hold, an inheritable() one: its number is the same
    DWORD flags = 0;                      ///< of CreateProcessW(), besides ours
};

struct Spawned {
    common::os::Handle process; ///< not open when it could not be started
    common::os::Handle thread;
    DWORD error = 0; ///< then: why
};

/// Starts a process without a window. Throws Error when it does not even come to that.
Spawned spawn(const Spawn& what);

/// A copy of `handle` that a new process can inherit.
common::os::Handle inheritable(HANDLE handle);

/// Our own program file.
std::filesystem::path own_program();

/// Our own program in the mode `mode`.
Spawn own_mode(const std::string& mode);

} // namespace agent
