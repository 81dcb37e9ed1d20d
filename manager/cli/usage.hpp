#pragma once

#include "manager/cli/command.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace manager::cli {

/// Names of the options that help tells of: not operands, not what is for tests only.
std::vector<std::string> option_names(const po::options_description& options,
                                      const po::positional_options_description& operands);

/// What one command takes.
void print_usage(Command& command, std::ostream& out);

/// All commands.
void print_overview(std::ostream& out);

} // namespace manager::cli
