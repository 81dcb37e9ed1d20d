#pragma once

#include <string_view>

namespace common {

/// The release this program belongs to, as in `1.2.3`.
std::string_view version();

/// Version of the protocol between manager and agent. Both always come from one build; the number is only
/// there to turn a mix-up of files into a clear message.
constexpr int protocol_version = 1;

} // namespace common
