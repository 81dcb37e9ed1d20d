#pragma once

#include "common/error.hpp"
#include "manager/transport/smb/control/login.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// What a target's refusals mean, and the way out of each.
namespace manager::transport::smb::control {

/// The session or the service manager was refused: `status` is the NTSTATUS that came of it, `name` its name.
common::Error refused_login(const Login& login, std::uint32_t status, std::string_view name);

/// The login was taken, but the service manager answered with Windows' error number `error`.
common::Error refused_manager(const Login& login, std::uint32_t error, std::string_view name);

/// What was being done with a service, `doing`, ended with Windows' error number `error`.
common::Error refused_service(std::string_view doing, std::uint32_t error, std::string_view name);

/// What was being done with a file in ADMIN$, `doing`, ended with `number` (errno).
common::Error refused_file(std::string_view doing, int number);

/// The same of a file that we have just written ourselves: what does not let us at it then is antivirus.
common::Error refused_own_file(std::string_view doing, int number);

/// No TCP connection, or no SMB behind it: what was seen at the ports, "port 445: Connection refused; ...".
common::Error unreachable(const Login& login, const std::string& tried);

/// It does not speak SMB 2 or newer.
common::Error too_old(const Login& login);

/// It speaks SMB 2.1 at best, which cannot encrypt.
common::Error cannot_encrypt(const Login& login);

} // namespace manager::transport::smb::control
