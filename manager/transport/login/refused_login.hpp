#pragma once

#include "common/error.hpp"

#include <string>
#include <vector>

namespace manager::transport::login {

/// A login that the SSH server did not take.
struct RefusedLogin {
    std::string user;
    std::vector<std::string> tried;   ///< "the key /x", "the password"
    std::vector<std::string> offered; ///< ways to log in that the server told; empty: not known
    std::vector<std::string> notes;   ///< what else may be the reason
    bool half_way = false;            ///< the server took one proof and wants another
    bool had_password = false;        ///< there was one to be tried
};

/// `denied`, naming what was tried, what the server offers, and the way out.
common::Error error_of(const RefusedLogin& refused);

} // namespace manager::transport::login
