#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>

namespace agent {

/// Says whether a transfer is to end at once: the job was cancelled, or the agent stops.
using GiveUp = std::function<bool()>;

/// Between the job that needs a payload which cannot be fetched and the manager that brings it. Any thread.
class Delivery {
public:
    /// From now on the manager is asked for the payload with this hash.
    void ask(const std::string& sha256);
    void withdraw();
    std::string asked() const; ///< hash; empty = nothing is asked for

    /// A payload was brought.
    void arrived();

    /// Returns after `time`, or when something arrives, or soon after `give_up` says so.
    void wait(std::chrono::milliseconds time, const GiveUp& give_up);

private:
    mutable std::mutex mutex_;
    std::condition_variable news_;
    std::string asked_;
    unsigned arrivals_ = 0;
};

/// Where a payload that is to become `file` is put while it is being brought.
std::filesystem::path brought(const std::filesystem::path& file);

} // namespace agent
