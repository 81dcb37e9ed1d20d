#pragma once

#include "common/bootstrap.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace manager::link {

/// Where one target puts its logs, and gets what is laid out for it there.
struct LogOffer {
    std::filesystem::path folder;        ///< private; what is put lies there under numbers, not names
    std::vector<std::string> sources;    ///< numeric addresses that may come; empty: any
    std::chrono::seconds life{3600};     ///< nothing more is taken or given after this
    std::uint64_t most_bytes = 64 << 20; ///< taken in all
    std::size_t most_files = 64;         ///< taken
    std::map<std::string, std::filesystem::path> given; ///< what can be fetched besides, by name
    /// Told one sentence about what was put, fetched or refused, without secrets; any thread, and not to
    /// block. Not called any more once what was offered is gone. Empty: nobody wants to know.
    std::function<void(const std::string& sentence)> tell = {};
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

/// What an agent needs to know to put its logs on the web server, and to fetch ours there.
struct LogRoad {
    common::Endpoint server;
    std::string pin;  ///< fingerprint of the server's key
    std::string path; ///< see OpenLogs::path(); a secret
};

/// Takes logs from targets, and gives them ours, on the web server's port. Any thread may call.
class LogServer {
public:
    virtual ~LogServer() = default;

    /// `offer.folder` is there. This outlives what is returned.
    virtual std::unique_ptr<OpenLogs> open_logs(LogOffer offer) = 0;

    /// How a target gets to `logs` that sees us at `seen_as`, a numeric address.
    virtual LogRoad road_to(const OpenLogs& logs, const std::string& seen_as) const = 0;
};

} // namespace manager::link
