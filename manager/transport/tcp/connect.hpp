#pragma once

#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <cstdint>
#include <string>

namespace manager::transport::tcp {

/// A TCP connection to `host` (a name, IPv4 or IPv6, also with a scope as in fe80::1%eth0), non-blocking,
/// without Nagle's delay, and noticing a dead peer within some 12 s. All addresses of a name are tried, the
/// next one 250 ms after the last, and the first that answers wins. Throws `unreachable`; the time that
/// looking up a name takes is the resolver's own affair.
common::os::Descriptor connect_to(const std::string& host, std::uint16_t port, common::Deadline deadline);

} // namespace manager::transport::tcp
