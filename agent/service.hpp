#pragma once

#include "agent/job.hpp"
#include "agent/journal.hpp"
#include "agent/lease.hpp"
#include "agent/reporter.hpp"
#include "common/bootstrap.hpp"
#include "common/clock.hpp"
#include "common/net/core.hpp"

#include <atomic>
#include <filesystem>
#include <string>

namespace agent {

/// What the operations work on.
struct Desk {
    common::Orders orders;
    std::filesystem::path folder;
    std::string boot;
    common::SystemTime started;
    std::uint16_t port = 0; ///< where it listens
    Journal& journal;
    Jobs& jobs;
    Reporter& reporter;
    Lease& lease;
    std::atomic<bool> shutdown = false; ///< the manager said so
};

/// Serves POST /agent and GET /logs/NAME. `desk` must outlive the server.
common::net::Router routes(Desk& desk);

} // namespace agent
