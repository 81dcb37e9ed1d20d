#pragma once

#include "agent/agent_log.hpp"
#include "agent/run_folder.hpp"
#include "common/bootstrap.hpp"
#include "common/net/core.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace agent {

/// Where the manager's web server takes and gives the logs of this target.
struct LogRoad {
    common::Endpoint server;
    std::string pin;  ///< fingerprint of the server's key
    std::string path; ///< whoever knows it gets in: must not get into a log
};

/// Carries logs between this target and the manager's web server. One log at a time; any thread but the
/// loop's own.
class LogCourier {
public:
    /// `contact` is called whenever the web server was heard of.
    LogCourier(common::net::Loop& loop, const RunFolder& folder, const AgentLog& log,
               std::function<void()> contact);

    /// Puts the log `name`, going on where an earlier call stopped; of the name common::managers_log it
    /// fetches, in place of an earlier one. Throws `invalid` (no such log), `rejected` (the web server cannot
    /// be reached, or refuses), or `busy` when `time` was too short.
    void carry(const std::string& name, const LogRoad& road, std::chrono::seconds time) const;

private:
    void fetch(common::net::Client& client, const std::string& target,
               const common::net::Client::Progress& progress) const;

    common::net::Loop& loop_;
    const RunFolder& folder_;
    const AgentLog& log_;
    const std::function<void()> contact_;
};

} // namespace agent
