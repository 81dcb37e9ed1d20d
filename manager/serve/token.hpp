#pragma once

#include <string>

namespace manager::serve {

/// A fresh secret of 192 random bits that may stand in a URL: 32 characters of base64url.
std::string new_token();

} // namespace manager::serve
