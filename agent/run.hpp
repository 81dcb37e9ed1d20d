#pragma once

#include "agent/run_folder.hpp"
#include "common/bootstrap.hpp"

#include <functional>

namespace agent {

/// The agent's life in `folder`, from its lock to its end. `program`: its own file, open, which may have lost
/// its name. Calls `ready` once it serves. Throws when it cannot begin.
void run(const common::Orders& orders, const RunFolder& folder, int program,
         const std::function<void(const common::Ready&)>& ready);

} // namespace agent
