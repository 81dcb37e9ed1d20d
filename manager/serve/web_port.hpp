#pragma once

#include "common/net/core.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace manager::serve {

/// The ports of the web server besides 80, as firewalls of sites know them.
inline constexpr std::uint16_t first_web_port = 63000;
inline constexpr std::uint16_t last_web_port = 63005;

/// 63000-63005 in a random order.
std::vector<std::uint16_t> web_ports_in_random_order();

/// Lets `server` listen at `address` on `wanted`; without a wish on port 80 where that is free and permitted,
/// else on a random free one of 63000-63005. Each port is bound, never looked at before. Throws `busy`, which
/// tells what is the matter with each port, when none is to be had.
common::net::Bound listen_on_web_port(common::net::Server& server, const std::string& address,
                                      std::optional<std::uint16_t> wanted);

} // namespace manager::serve
