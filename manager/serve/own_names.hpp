#pragma once

#include <string>
#include <vector>

namespace manager::serve {

/// What this machine is called and can be reached by: its name, "localhost", and every address of its
/// interfaces, numeric, without those that hold on one link only.
std::vector<std::string> own_names();

/// The address of this machine that most others reach it by: the one it would use to call a stranger.
/// "localhost" where there is none. Sends nothing.
std::string usual_address();

} // namespace manager::serve
