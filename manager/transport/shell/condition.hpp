#pragma once

#include "manager/transport/shell/dialogue.hpp"
#include "manager/transport/transport.hpp"

namespace manager::transport::shell {

/// Puts what doctor.sh says in one line into `condition`. What is not understood is left out: names of chains
/// end up in commands that people are told to type.
void add_fact(Condition& condition, const Answer& answer);

} // namespace manager::transport::shell
