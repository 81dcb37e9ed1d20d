#pragma once

#include <string>

namespace manager::cli {

/// Throws `invalid` when `name` is not 1 to 100 letters, digits, dots, dashes and underscores that begin with
/// a letter or digit. `what` is told of it: "a credential".
void check_kept_name(const std::string& name, const std::string& what);

} // namespace manager::cli
