#pragma once

#include <string>
#include <string_view>

namespace manager::serve {

/// A fresh secret of 192 random bits that may stand in a URL: 32 characters of base64url.
std::string new_token();

/// What of a token may be written into a log: enough to tell two apart, useless for anything else.
std::string token_for_log(std::string_view token);

} // namespace manager::serve
