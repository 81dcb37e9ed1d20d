#pragma once

#include <string>
#include <vector>

namespace manager::serve {

/// What this machine is called and can be reached by: its name, "localhost", and every address of its
/// interfaces, numeric, without those that hold on one link only.
std::vector<std::string> own_names();

} // namespace manager::serve
