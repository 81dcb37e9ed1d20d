#pragma once

#include <string>

namespace manager::transport::openssh {

/// Connects to `host` within so many seconds, and hands the connection to ssh, which waits for it on our
/// standard output: one that notices a dead line, as those that ssh makes itself do not. False, and a line on
/// standard error, when there is none.
bool dial(const std::string& host, const std::string& port, const std::string& seconds);

} // namespace manager::transport::openssh
