#pragma once

#include "common/os/descriptor.hpp"

#include <cstdint>
#include <filesystem>

namespace agent {

/// Makes this process the only agent of the run in `folder`: stops the one before it, takes the lock and
/// leaves its own name. Throws `rejected` when the one before belongs to a later manager, `busy` when it does
/// not go.
common::os::Descriptor become_only_agent(const std::filesystem::path& folder, std::uint64_t epoch);

} // namespace agent
