#pragma once

#include <string>

namespace manager::transport::openssh {

/// Connects to `host` within so many seconds, and hands the connection to ssh, which waits for it on our
/// standard output. ssh's own do not notice a dead line themselves. False, and a line on standard error, when
/// there is no connection.
bool dial(const std::string& host, const std::string& port, const std::string& seconds);

} // namespace manager::transport::openssh
