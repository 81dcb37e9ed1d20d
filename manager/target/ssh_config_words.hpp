#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::target {

/// One line of a ssh_config file.
struct ConfigLine {
    std::string keyword;            ///< in lower case; empty: the line says nothing
    std::vector<std::string> words; ///< behind it, without quotes and comments
    std::string rest;               ///< behind it, as it stands there
};

/// Takes a line apart as ssh does. Nothing when a quote is not closed.
std::optional<ConfigLine> take_apart(std::string_view line);

/// Compares with a list of patterns of * and ?, separated by commas; one with a leading ! that fits outweighs
/// all.
bool matches_list(const std::vector<std::string>& patterns, std::string_view text);

} // namespace manager::target
