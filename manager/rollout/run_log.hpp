#pragma once

#include "manager/rollout/store.hpp"

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace manager::rollout {

/// What a component printed, as harmless lines without empty ones, each cut after `most` bytes; a carriage
/// return begins a line anew, as on a terminal.
std::vector<std::string> printed_lines(const std::string& output, std::size_t most = 2'000);

/// An entry of a run's journal as lines for people, each with its time: `2031-05-04T09:14:07.231Z failed:
/// copying the agent: disk full`. Printed lines have a "|" in front.
std::vector<std::string> lines_of(const RunEvent& event);

/// The manager's own log of a run, one for each target, out of the store. What components printed is left
/// out: the targets have that themselves. Any thread may call.
class RunLog {
public:
    /// `store` outlives this.
    RunLog(const Store& store, std::string run, std::size_t targets)
        : store_(store), run_(std::move(run)), texts_(targets)
    {
    }

    /// All lines about the target so far, those about the whole run among them. Reads only what is new since
    /// the last call, whatever target that was about. Cut in the middle of the run after 1 MiB.
    std::string text(std::size_t target);

private:
    void catch_up();
    void add(std::size_t target, const std::string& lines);

    const Store& store_;
    const std::string run_;
    std::mutex mutex_;
    std::uint64_t since_ = 0;
    std::vector<std::string> texts_;
};

/// The logs in the folder of one target, those in folders below it as well, in the order of their names. The
/// inventory is none. Links are not followed.
std::vector<std::filesystem::path> kept_logs(const std::filesystem::path& folder);

} // namespace manager::rollout
