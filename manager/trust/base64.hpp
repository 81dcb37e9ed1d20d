#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace manager::trust {

/// Base64 with padding, without line breaks.
std::string to_base64(std::string_view bytes);

/// The bytes that `text` stands for; nothing when it is not base64 with correct padding and nothing else.
std::optional<std::string> from_base64(std::string_view text);

} // namespace manager::trust
