#pragma once

#include "manager/transport/transport.hpp"

#include <string_view>

namespace manager::transport::shell {

/// What the script says behind NEED: `arch=x86_64 conn=10.0.0.9,41000,10.0.0.1,22 dir=/var/tmp/...`. The
/// addresses stay empty when the target does not tell them. Throws `rejected` for a folder that is no
/// absolute path.
Platform parse_platform(std::string_view text);

/// `address` as we use it: without the IPv4 in IPv6 notation; empty when it is not a numeric address.
std::string numeric_address(std::string_view address);

} // namespace manager::transport::shell
