#pragma once

#include "agent/installer/installer.hpp"

/// One pair a kind.
namespace agent::installer {

Command deb_command(const common::JobOrder& order, const std::string& payload);
Verdict deb_verdict(const common::JobOrder& order, int code, std::string_view tail);
Command rpm_command(const common::JobOrder& order, const std::string& payload);
Verdict rpm_verdict(const common::JobOrder& order, int code, std::string_view tail);
Command program_command(const common::JobOrder& order, const std::string& payload);
Verdict program_verdict(const common::JobOrder& order, int code, std::string_view tail);

} // namespace agent::installer
