#pragma once

#include "manager/transport/ssh/child/manager_questions.hpp"
#include "manager/transport/ssh/child/session.hpp"

namespace manager::transport::ssh::child {

/// Logs in as the task wants it: by the keys, then by the password, as a password or in answer to the one
/// prompt of keyboard-interactive. A wrong password is tried once, since servers punish more, and a second
/// factor or a demand to change the password is never answered. Throws `denied`, naming what was tried.
void log_in(const Session& session, const control::Task& task, ManagerQuestions& manager,
            common::Deadline deadline);

} // namespace manager::transport::ssh::child
