#pragma once

#include <cstdint>

namespace tests {

/// A TCP port of 127.0.0.1 that was free a moment ago.
std::uint16_t free_port();

/// True when something listens on this port of 127.0.0.1.
bool answers(std::uint16_t port);

} // namespace tests
