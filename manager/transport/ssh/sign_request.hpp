#pragma once

#include "manager/trust/user_key.hpp"

#include <string_view>

namespace manager::transport::ssh {

/// True when `data` is what SSH signs to log `user` in with `offer`, to the byte (RFC 4252 section 7), and so
/// can be signed for a child that may have been taken over: it is of no use for anything but such a login.
bool is_login_request(std::string_view data, std::string_view user, const trust::Offer& offer);

} // namespace manager::transport::ssh
