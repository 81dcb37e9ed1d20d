#pragma once

#include "common/secret.hpp"

#include <string>

namespace manager::cli {

/// Asks the human at the terminal without echo, as trust::ask_at_terminal() does; Ctrl-C, SIGTERM or SIGHUP
/// meanwhile ends the program with the terminal as it was.
common::Secret ask_safely(const std::string& question);

} // namespace manager::cli
