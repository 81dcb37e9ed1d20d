#pragma once

#include "common/net/core.hpp"
#include "manager/link/log_server.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace manager::serve {

class LogRoom;

/// Path of one target's logs on the web server's port: "/log/<token>/<name>".
inline constexpr const char* log_path = "/log/";

/// Takes logs from targets and gives them theirs: for a target from which only the web server's port can be
/// reached. Any thread may call. What does not fit gets the same 404, whatever the reason.
class LogDesk {
public:
    /// `offer.folder` is there. This outlives what is returned.
    std::unique_ptr<link::OpenLogs> open(link::LogOffer offer);

    /// What to answer to a GET or HEAD, and to a PUT, whose path starts with log_path.
    std::variant<common::net::Reply, common::net::SendFile> give(const common::net::Request& request) const;
    std::variant<common::net::Reply, common::net::StoreFile> take(const common::net::Request& request) const;

private:
    friend class Opened;
    std::shared_ptr<LogRoom> find(const common::net::Request& request, std::string& name) const;
    void close(const std::shared_ptr<LogRoom>& room);

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<LogRoom>> rooms_;
};

} // namespace manager::serve
