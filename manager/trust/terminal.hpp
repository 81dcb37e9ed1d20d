#pragma once

#include "common/secret.hpp"

#include <optional>
#include <string>

namespace manager::trust {

/// Asks the human at the terminal, without echo; nothing on Ctrl-C. Throws `invalid` when there is no
/// terminal, or on Ctrl-D. One thread at a time.
std::optional<common::Secret> ask_at_terminal(const std::string& question);

} // namespace manager::trust
