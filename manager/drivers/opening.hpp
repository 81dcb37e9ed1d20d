#pragma once

#include "manager/transport/transport.hpp"

#include <cstdint>
#include <string>

/// The one command that opens a TCP port in a firewall, for one other machine only. It holds until the
/// firewall loads its rules anew (ufw: for good).
namespace manager::drivers {

/// No firewall takes the scope of a link-local address.
std::string without_scope(const std::string& address);

/// To be typed where `firewall` is, so that `caller` (numeric address) reaches `port` there; empty when the
/// firewall is none that stops it, or none that we know a command for.
std::string let_in(const transport::Firewall& firewall, const std::string& caller, std::uint16_t port);

/// To be typed where `firewall` is, so that programs there reach `port` of `called`; empty as above.
std::string let_out(const transport::Firewall& firewall, const std::string& called, std::uint16_t port);

} // namespace manager::drivers
