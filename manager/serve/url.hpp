#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::serve {

/// `text` with everything escaped that has a meaning in a URL: one segment of a path, or a value of a query.
std::string url_escaped(std::string_view text);

/// The other way; nothing for a "%" without two hexadecimal digits.
std::optional<std::string> url_unescaped(std::string_view text);

/// "/run/41ab/log%2Fx" as "run", "41ab", "log/x". Nothing when an escape is malformed. What comes out is to
/// be compared with names that are known, and with nothing else.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

/// The value of `name` in "a=1&name=2"; nothing when it is not there.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// `address` in the one way of writing it, without the "%eth0" of a link's own address; empty when it is not
/// numeric.
std::string plain_address(const std::string& address);

/// `address` as it stands in a URL: IPv6 in brackets.
std::string url_host(const std::string& address);

} // namespace manager::serve
