#pragma once

#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace manager::transport::smb::child {

/// A TCP connection, and its ends as numeric addresses.
struct Connection {
    common::os::Descriptor socket; ///< each of whose calls waits some seconds at most
    std::string target_address;
    std::string our_address;
};

/// What one of `waiting` that are tried in turn may take, so that those behind it are tried at all: a
/// firewall that says nothing uses up whatever it is given. A second at least, even when `deadline` has
/// passed.
common::Deadline fair_share(common::Deadline deadline, std::size_t waiting);

/// Connects to `host` (name or numeric address), each address of which gets its share of the time until
/// `deadline`. Throws `unreachable`, saying why not.
Connection connect_to(const std::string& host, std::uint16_t port, common::Deadline deadline);

} // namespace manager::transport::smb::child
