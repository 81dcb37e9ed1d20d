#pragma once

#include <string>
#include <vector>

namespace manager::transport::process {

/// Adds our own variable `name`, if there is one, to the environment of a child.
void keep(std::vector<std::string>& environment, const char* name);

} // namespace manager::transport::process
