#pragma once

#include <string>

namespace manager::transport::process {

/// The path of another program of Soapstone's: beside the running one, in the folder `bin` beside its folder
/// (as in a build, for the tests), or in /usr/lib/soapstone. Throws `invalid` when there is none.
std::string own_program(const std::string& name);

} // namespace manager::transport::process
