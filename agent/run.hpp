#pragma once

#include "common/bootstrap.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace agent {

/// The agent's life in `folder`, from its listener to its end. Calls `ready` once it serves. Throws when it
/// cannot begin.
void run(const common::Orders& orders, const std::filesystem::path& folder,
         const std::function<void(const common::Ready&)>& ready);

} // namespace agent
