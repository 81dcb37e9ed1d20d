#pragma once

#include "common/os/descriptor.hpp"

#include <atomic>
#include <climits>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace tests {

/// A line to a port on loopback that can break or lie: forwards one connection after the other.
class Line {
public:
    /// What becomes of a connection after so many bytes from the client.
    enum class End {
        never,
        closed, ///< both sides see it
        silent, ///< nobody sees anything: as if a cable had been pulled
    };

    /// What the client gets in place of `bytes` of the server's, the first of which is number `at` (from 0)
    /// of this connection. Called in the line's own thread.
    using Change = std::function<std::string(std::string bytes, std::uint64_t at)>;

    /// Only the first `broken` connections meet that end.
    explicit Line(std::uint16_t to, End end = End::never, std::uint64_t after = 0, int broken = INT_MAX);
    Line(std::uint16_t to, Change change);
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line();

    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; } ///< so far

private:
    void start();
    void serve();
    void forward(int client, int server);

    std::uint16_t to_;
    End end_;
    std::uint64_t after_;
    int broken_;
    Change change_;
    std::uint16_t port_ = 0;
    common::os::Descriptor listener_;
    common::os::Descriptor stop_;
    std::atomic<int> connections_{0};
    std::thread thread_;
};

} // namespace tests
