#pragma once

#include "common/os/windows.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace common::os {

/// What a new process gets. Of our handles it inherits those that are named here and no other, whatever
/// threads beside this one start just now.
struct Spawn {
    std::filesystem::path program;
    std::wstring command_line;            ///< with the program's name
    std::vector<std::string> environment; ///< NAME=value
    std::filesystem::path folder;         ///< where it starts; ours where there is none
    HANDLE input = nullptr;               ///< nothing to read where there is none
    HANDLE output = nullptr;              ///< nowhere where there is none
    HANDLE problems = nullptr;            ///< as `output` where there is none
    HANDLE kept = nullptr; ///< one more handle for it to hold, an inheritable() one: its number is the same
    HANDLE job = nullptr;  ///< nothing of it runs outside this job
};

struct Spawned {
    Handle process;  ///< not open when it could not be started
    DWORD error = 0; ///< then: why
};

/// Starts a process without a window. Throws Error when it does not even come to that.
Spawned spawn(const Spawn& what);

/// A copy of `handle` that a new process can inherit.
Handle inheritable(HANDLE handle);

} // namespace common::os
