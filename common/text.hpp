#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace common {

/// Lower-case hexadecimal of the bytes of `bytes`.
std::string to_hex(std::string_view bytes);

/// The bytes that `hex` stands for; nothing when it is not pairs of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view hex);

/// True when `text` is exactly `digits` lower-case hexadecimal digits.
bool is_hex(std::string_view text, std::size_t digits);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// A decimal number and nothing else, in 0..`most`; nothing otherwise.
std::optional<std::uint64_t> to_number(std::string_view text, std::uint64_t most = UINT64_MAX);

/// `text` as one harmless line of valid UTF-8: control characters (also ESC, CR, LF) and bad bytes become
/// `?`. For everything that another machine says and a person reads. Cut after `most` bytes, with "..." at
/// the end.
std::string one_line(std::string_view text, std::size_t most = 500);

/// `text` as valid UTF-8 without the control characters that XML 1.0 forbids (tab and newline stay): each
/// offending byte becomes U+FFFD.
std::string xml_safe(std::string_view text);

/// True when `text` is valid UTF-8 (control characters are no matter).
bool is_utf8(std::string_view text);

/// `1.4 MB`
std::string bytes_text(std::uint64_t bytes);

} // namespace common
