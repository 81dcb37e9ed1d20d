#pragma once

#include "manager/transport/ssh/session.hpp"
#include "manager/trust/user_key.hpp"

#include <string>

namespace manager::transport::ssh {

/// Tries one key in one way; our own signer signs, not libssh2. Returns libssh2's error code, 0 when the
/// server accepted. Throws what the signer throws.
int log_in_with_key(const Session& session, const std::string& user, const trust::UserKey& key,
                    const trust::Offer& offer, common::Deadline deadline);

} // namespace manager::transport::ssh
