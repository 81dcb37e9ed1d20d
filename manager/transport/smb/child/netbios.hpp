#pragma once

#include "common/clock.hpp"

#include <string>
#include <string_view>

/// As much of NetBIOS as old port 139 and names without DNS need.
namespace manager::transport::smb::child {

/// A name of a file server as it goes over the wire: each half byte of its 16 a letter (RFC 1001, 14.1).
std::string encoded_name(std::string_view name);

/// The IPv4 address of the machine that answers to `name` when all networks of this machine are asked
/// (137/udp). Whoever answers first is believed: only for networks that one trusts. Throws `unreachable` when
/// nobody does.
std::string find_by_broadcast(const std::string& name, common::Deadline deadline);

} // namespace manager::transport::smb::child
