#pragma once

#include "common/net/core.hpp"
#include "manager/link/roster.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace manager::serve {

/// Path of a payload on the depot's port, by its content: "/payload/<sha256>".
inline constexpr const char* payload_path = "/payload/";

/// What the depot on port 60000+ serves: the run's components by GET with ranges, each target only its own.
/// `files`: hash -> file on this workstation. `roster` outlives the server.
common::net::Router depot(const link::Roster& roster, std::map<std::string, std::filesystem::path> files);

} // namespace manager::serve
