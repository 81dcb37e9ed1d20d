#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Small files in which the kernel and the distribution tell things.
namespace agent::inventory {

/// What the file says, without blanks around it, safe in XML; nothing when it is missing, empty or unreadable
/// (drivers answer many reads with an error).
std::optional<std::string> tidy_text(const std::filesystem::path& file);

/// The decimal number that the file holds.
std::optional<std::uint64_t> number_in(const std::filesystem::path& file);

/// Lines of `key: value`, as in /proc/meminfo; the first value of each key, safe in XML.
std::map<std::string, std::string> key_values(const std::string& text, char separator);

/// Names of what is in `folder`, sorted; nothing when it is missing.
std::vector<std::string> names_in(const std::filesystem::path& folder);

} // namespace agent::inventory
