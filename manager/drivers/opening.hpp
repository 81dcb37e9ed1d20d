#pragma once

#include "manager/transport/transport.hpp"

#include <cstdint>
#include <string>

/// The one command that opens a TCP port in a firewall, for one other machine only. It holds until the
/// firewall loads its rules anew (ufw: for good).
namespace manager::drivers {

/// To be typed where `firewall` is, so that `from` (numeric address) reaches `port` there; empty when the
/// firewall is none that stops it, or none that we know a command for.
std::string let_in(const transport::Firewall& firewall, const std::string& from, std::uint16_t port);

/// To be typed where `firewall` is, so that programs there reach `port` of `to`; empty as above.
std::string let_out(const transport::Firewall& firewall, const std::string& to, std::uint16_t port);

} // namespace manager::drivers
