#pragma once

#include "common/secret.hpp"

#include <string>

namespace manager::trust {

/// Asks the human at the terminal, without echo. Throws `invalid` when there is no terminal, or on Ctrl-C and
/// Ctrl-D. One thread at a time.
common::Secret ask_at_terminal(const std::string& question);

} // namespace manager::trust
