#pragma once

#include "manager/transport/login/refused_login.hpp"

#include <string>
#include <string_view>

namespace manager::transport::openssh {

/// What ssh printed until it gave up, line by line.
struct Words {
    std::string own;  ///< about the target
    std::string jump; ///< by the one that carries us through a jump host
};

/// Throws what ssh's words mean: `unreachable`, `denied` or `rejected`, and shell::TurnedAway where another
/// try may go better. `login` is what to tell when the target refused the login.
[[noreturn]] void throw_refusal(const Words& words, int status, const login::RefusedLogin& login);

/// By what ssh says that the target's login has come in, "publickey"; empty when it has not said it.
std::string method_of(std::string_view said);

/// What ssh says when a connection ends that was logged in: why, as one line; empty when the far side has
/// just ended. `said`: what ssh wrote to its log; `problems`: the end of what came as the command's errors,
/// among which ssh tells that the other side hung up (client_process_net_input() in its clientloop.c).
std::string reason_of_break(std::string_view said, std::string_view problems);

} // namespace manager::transport::openssh
