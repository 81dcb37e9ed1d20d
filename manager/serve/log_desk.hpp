#pragma once

#include "common/net/core.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace manager::serve {

class LogRoom;

/// Path of one target's logs on the web server's port: "/log/<token>/<name>".
inline constexpr const char* log_path = "/log/";

/// Where one target puts its logs, and gets what is laid out for it there.
struct LogOffer {
    std::filesystem::path folder;        ///< private; what is put lies there under numbers, not names
    std::vector<std::string> sources;    ///< numeric addresses that may come; empty: any
    std::chrono::seconds life{3600};     ///< nothing more is taken or given after this
    std::uint64_t most_bytes = 64 << 20; ///< taken in all
    std::size_t most_files = 64;         ///< taken
    std::map<std::string, std::filesystem::path> given; ///< what can be fetched besides, by name
};

/// A log that was put here, or a part of one.
struct TakenLog {
    std::string name; ///< as the target calls it: to be looked at before it becomes a file's name
    std::filesystem::path file;
    std::uint64_t size = 0;
    bool complete = false;
};

/// A target's logs are taken and given as long as this lives.
class OpenLogs {
public:
    OpenLogs() = default;
    virtual ~OpenLogs() = default;
    OpenLogs(const OpenLogs&) = delete;
    OpenLogs& operator=(const OpenLogs&) = delete;

    virtual const std::string& path() const = 0; ///< "/log/<token>/"; a secret
    virtual std::vector<TakenLog> taken() const = 0;
};

/// Takes logs from targets and gives them theirs: for a target from which only the web server's port can be
/// reached. Any thread may call. What does not fit gets the same 404, whatever the reason.
class LogDesk {
public:
    /// `offer.folder` is there. This outlives what is returned.
    std::unique_ptr<OpenLogs> open(LogOffer offer);

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
