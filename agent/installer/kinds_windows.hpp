#pragma once

#include "agent/installer/installer.hpp"

namespace agent::installer {

Command msi_command(const common::JobOrder& order, const std::string& payload);
Verdict msi_verdict(const common::JobOrder& order, int code, std::string_view tail);
Command exe_command(const common::JobOrder& order, const std::string& payload);
Command cmd_command(const common::JobOrder& order, const std::string& payload);
Command ps1_command(const common::JobOrder& order, const std::string& payload);
Verdict windows_verdict(const common::JobOrder& order, int code,
                        std::string_view tail); ///< of all but packages

/// A program of Windows itself; throws `rejected` when it is not there.
std::string system_program(const std::string& name);

} // namespace agent::installer
