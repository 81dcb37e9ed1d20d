#pragma once

#include <string>

namespace manager::cli {

/// Tells the service manager that started us (systemd), if one wants to know, how we stand: "READY=1".
void tell_service_manager(const std::string& state);

} // namespace manager::cli
