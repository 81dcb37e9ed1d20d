#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace manager::target {

/// More targets than this are a slip of the finger.
constexpr std::size_t most_targets = 100'000;

/// Splits at the commas that stand outside of brackets; empty parts are dropped.
std::vector<std::string> split_list(std::string_view list);

/// "node[08-10,60]" -> node08 node09 node10 node60. Text without brackets is its only name; an address in
/// brackets, "[::1]", stays as it is. Throws `invalid`.
std::vector<std::string> expand(std::string_view pattern);

/// The other way round, for people: "db,node[1-40,60]". expand() of its parts gives the same names.
std::string fold(const std::vector<std::string>& names);

} // namespace manager::target
