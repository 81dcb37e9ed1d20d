#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace manager::target {

/// The one of `known` that `typed` was probably meant to be; empty when none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

/// `did you mean 'port'?`, or the list of what there is.
std::string suggestion(std::string_view typed, const std::vector<std::string>& known);

} // namespace manager::target
