#pragma once

#include <cstdint>
#include <string>

namespace common::net {

/// Who has TCP port `port` of this machine, for an error message: "a listener of sshd (pid 812)", "an
/// outgoing connection of curl (pid 99)". Best effort: other users' programs show only for root, then it is
/// "somebody".
std::string holder_of(std::uint16_t port);

} // namespace common::net
