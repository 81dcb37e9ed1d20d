#pragma once

#include "agent/run_folder.hpp"
#include "agent/shim.hpp"
#include "agent/stop_request.hpp"
#include "common/bootstrap.hpp"

#include <functional>

namespace agent {

/// The agent's life in `folder`, from its lock to its end. Calls `ready` once it serves. True when it has
/// removed itself, false when `stop` came before. Throws when it cannot begin.
bool run(const common::Orders& orders, const RunFolder& folder, const shim::Start& start_shim,
         const StopRequest& stop, const std::function<void(const common::Ready&)>& ready);

} // namespace agent
