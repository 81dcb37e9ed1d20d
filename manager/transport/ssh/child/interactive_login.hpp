#pragma once

#include "manager/transport/ssh/child/manager_questions.hpp"
#include "manager/transport/ssh/child/session.hpp"

#include <string>

namespace manager::transport::ssh::child {

/// How a keyboard-interactive login went.
struct Interaction {
    int error = 0; ///< libssh2's; 0 when the server accepted
    std::string
        unanswered; ///< the prompt that was not answered, as one harmless line; empty when there was none
};

/// Answers the server's first prompt with the password, if it is the only one of its round and wants no echo.
/// Whatever else is asked (a second factor, a new password) stays without an answer.
Interaction log_in_by_prompt(const Session& session, const std::string& user, ManagerQuestions& manager,
                             common::Deadline deadline);

} // namespace manager::transport::ssh::child
