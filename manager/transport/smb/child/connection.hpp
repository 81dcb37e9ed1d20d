#pragma once

#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <cstdint>
#include <string>

namespace manager::transport::smb::child {

/// A TCP connection, and its ends as numeric addresses.
struct Connection {
    common::os::Descriptor socket; ///< whose calls wait until `deadline` of connect_to() at most
    std::string target_address;
    std::string our_address;
};

/// Connects to `host` (name or numeric address). Throws `unreachable`, saying why not.
Connection connect_to(const std::string& host, std::uint16_t port, common::Deadline deadline);

} // namespace manager::transport::smb::child
