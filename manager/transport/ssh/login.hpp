#pragma once

#include "common/secret.hpp"
#include "manager/transport/ssh/session.hpp"
#include "manager/trust/credentials.hpp"

#include <string>

namespace manager::transport::ssh {

/// What one login is tried with.
struct LoginMeans {
    std::string user;
    trust::Keys keys;
    const common::Secret* password = nullptr; ///< may be empty
};

/// Logs in: by the keys, then by the password, as a password or in answer to the one prompt of
/// keyboard-interactive. A wrong password is tried once, since servers punish more, and a second factor or a
/// demand to change the password is never answered. Throws `denied`, naming what was tried.
void log_in(const Session& session, const LoginMeans& means, common::Deadline deadline);

} // namespace manager::transport::ssh
