#pragma once

#include "agent/jobs.hpp"
#include "agent/lease.hpp"
#include "common/bootstrap.hpp"
#include "common/clock.hpp"
#include "common/net/core.hpp"

#include <atomic>
#include <string>

namespace agent {

/// What the operations work on.
struct Desk {
    const common::Orders& orders;
    const RunFolder& folder;
    std::string boot; ///< id of this agent
    common::SystemTime started;
    Journal& journal;
    Jobs& jobs;
    Lease& lease;
    std::uint16_t port = 0;            ///< where it listens
    std::atomic<bool> shutdown{false}; ///< the manager said so
};

/// Serves POST /agent and GET /logs/NAME. `desk` must outlive the server.
common::net::Router routes(Desk& desk);

} // namespace agent
