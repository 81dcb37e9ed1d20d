#pragma once

#include "agent/delivery.hpp"
#include "agent/jobs.hpp"
#include "agent/lease.hpp"
#include "agent/log_courier.hpp"
#include "agent/payload.hpp"
#include "agent/reboot.hpp"
#include "agent/reporter.hpp"
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
    const AgentLog& log;
    std::string boot; ///< id of this agent
    common::SystemTime started;
    Journal& journal;
    Jobs& jobs;
    Reboot& reboot;
    Lease& lease;
    Delivery& delivery;
    Reporter& reporter;
    const Depot& depot;
    const LogCourier& courier;
    std::uint16_t port = 0;            ///< where it listens
    std::atomic<bool> shutdown{false}; ///< the manager said so
};

/// Serves POST /agent, GET /logs/NAME and PUT /payload/SHA256. `desk` must outlive the server.
common::net::Router routes(Desk& desk);

} // namespace agent
