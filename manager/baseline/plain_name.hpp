#pragma once

#include <string>
#include <string_view>

namespace manager::baseline {

/// The last part of `path` as a name that means nothing to a URL, a shell or a file system: letters, digits
/// and
/// "._-", the rest becomes '_'; not empty, no dot in front, at most 120 characters, of which the ending
/// stays.
std::string plain_name(std::string_view path);

} // namespace manager::baseline
