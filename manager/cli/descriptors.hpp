#pragma once

#include <cstddef>

namespace manager::cli {

/// How many files and connections this process may have open at a time.
std::size_t most_descriptors();

/// Raises that as far as the system allows without privileges, and as one manager has use for: the usual
/// 1,024 are for programs that use select(). What cannot be raised stays. Call it before there are other
/// threads.
void raise_most_descriptors();

/// How many connections strangers may have open, so that runs never lack descriptors.
std::size_t most_connections();

} // namespace manager::cli
