#pragma once

#include "common/os/descriptor.hpp"

#include <filesystem>
#include <optional>

namespace agent {

/// Claims the job in `folder` for this process, durably; of all who ever try, one gets it. The descriptor
/// holds the lock that tells that the job runs. Nothing when somebody claimed it before.
std::optional<common::os::Descriptor> claim_job(const std::filesystem::path& folder);

} // namespace agent
