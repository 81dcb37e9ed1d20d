#pragma once

#include "common/error.hpp"

#include <string_view>

namespace common::net {

/// The Error for OpenSSL's last failure on this thread: `denied` when it was about a key, `rejected`
/// otherwise.
Error tls_error(std::string_view doing);

} // namespace common::net
