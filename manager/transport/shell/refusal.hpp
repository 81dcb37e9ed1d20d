#pragma once

#include "common/error.hpp"
#include "manager/transport/shell/dialogue.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::transport::shell {

/// Why our command did not start after a login that went well: what the target said, and the way out.
/// `status` is how the command ended; nothing when it still runs.
common::Error refusal_of_shell(const std::string& said, std::optional<int> status);

/// True when sudo or su have said that they want a terminal.
bool demands_terminal(const std::string& said);

/// What the ERR answer of a script means. `skipped` names the folders that would not do, `said` is other
/// output.
common::Error refusal_of_script(const Answer& answer, const std::vector<std::string>& skipped,
                                const std::string& said);

} // namespace manager::transport::shell
