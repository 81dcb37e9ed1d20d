#pragma once

#include "common/net/core.hpp"
#include "manager/link/roster.hpp"

namespace manager::serve {

/// Path of a payload on the depot's port, by its content: "/payload/<sha256>".
inline constexpr const char* payload_path = "/payload/";

/// What the depot on port 60000+ serves: components of all runs by GET with ranges, each target only what the
/// roster allows it. `roster` outlives the server.
common::net::Router depot(const link::Roster& roster);

} // namespace manager::serve
