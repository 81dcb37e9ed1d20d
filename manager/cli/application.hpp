#pragma once

#include "manager/cli/command.hpp"

#include <string>
#include <vector>

namespace manager::cli {

/// The whole program: `words` is the command line without the program's name. Throws nothing.
ExitCode run_application(const std::vector<std::string>& words, Workplace& workplace);

/// The command of that name. Throws `invalid`, with the nearest name, when there is none.
CommandHandle command_named(const std::string& name);

} // namespace manager::cli
