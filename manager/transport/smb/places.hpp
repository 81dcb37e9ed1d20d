#pragma once

#include <string>
#include <string_view>
#include <vector>

/// How things of ours are called on a Windows target. Paths are relative to ADMIN$, with slashes.
namespace manager::transport::smb {

constexpr std::string_view state_folder = "Soapstone";         ///< everything of ours
constexpr std::string_view service_prefix = "SoapstoneAgent-"; ///< then the id of one start
constexpr std::string_view start_prefix = "agent-";            ///< then the id of one start
constexpr std::string_view agent_file = "soapstone-agent.exe";

// States of a service, as its manager counts them.
constexpr std::string_view service_stopped = "1";
constexpr std::string_view service_running = "4";

std::string run_folder(const std::string& run);
std::string start_folder(const std::string& run, const std::string& id);
std::string service_name(const std::string& id);

/// What the service of one start runs; the service manager puts in %SystemRoot%.
std::string service_command(const std::string& run, const std::string& id);

/// The run whose agent a service with this command is; empty when it is none of ours.
std::string run_in_command(const std::string& command);

/// For people, who have backslashes: `ADMIN$\Soapstone\...`
std::string shown(const std::string& path);

/// What of a run's folder stays: logs, journal, tombstone.
bool stays(std::string_view name);

/// The record of a port that an agent has opened in the target's firewall. Whoever removes it without closing
/// the port leaves that open for ever; only an agent can close it.
bool is_port_record(std::string_view name);

} // namespace manager::transport::smb
