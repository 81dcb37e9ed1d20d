#pragma once

#include "manager/transport/ssh/child/manager_questions.hpp"
#include "manager/transport/ssh/child/session.hpp"
#include "manager/trust/user_key.hpp"

#include <string>

namespace manager::transport::ssh::child {

/// One way to show one key: its numbers in the task, and what is shown.
struct Attempt {
    std::size_t key;
    std::size_t number;
    const trust::Offer& offer;
};

/// Tries one key in one way; the manager signs, not libssh2. Returns libssh2's error code, 0 when the server
/// accepted.
int log_in_with_key(const Session& session, const std::string& user, const Attempt& attempt,
                    ManagerQuestions& manager, common::Deadline deadline);

} // namespace manager::transport::ssh::child
