#pragma once

#include "common/os/descriptor.hpp"

#include <atomic>
#include <climits>
#include <cstdint>
#include <thread>

namespace tests {

/// A line to a port on loopback that can break: forwards one connection after the other.
class Line {
public:
    /// What becomes of a connection after so many bytes from the client.
    enum class End {
        never,
        closed, ///< both sides see it
        silent, ///< nobody sees anything: as if a cable had been pulled
    };

    /// Only the first `broken` connections meet that end.
    explicit Line(std::uint16_t to, End end = End::never, std::uint64_t after = 0, int broken = INT_MAX);
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line();

    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; } ///< so far

private:
    void serve();
    void forward(int client, int server);

    std::uint16_t to_;
    End end_;
    std::uint64_t after_;
    int broken_;
    std::uint16_t port_ = 0;
    common::os::Descriptor listener_;
    common::os::Descriptor stop_;
    std::atomic<int> connections_{0};
    std::thread thread_;
};

} // namespace tests
