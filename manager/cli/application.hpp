#pragma once

#include "manager/cli/command.hpp"

#include <string>
#include <vector>

namespace manager::cli {

/// The whole program: `words` is the command line without the program's name. Throws nothing.
ExitCode run_application(const std::vector<std::string>& words, Workplace& workplace);

/// Prints what `name` takes; an overview for no name. Throws `invalid` for one that there is not.
void print_help(const std::string& name, std::ostream& out);

} // namespace manager::cli
