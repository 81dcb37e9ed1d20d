#pragma once

#include "agent/failpoint.hpp"
#include "agent/job_status.hpp"
#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// One entry of the journal. Exactly one of: a job's new state, output of a job, a notice.
struct Event {
    std::uint64_t seq = 0;
    std::int64_t time = 0;           ///< ms since 1970 by the target's clock
    std::optional<JobStatus> job;
    std::string output_of;           ///< job that printed `text`
    std::string text;                ///< whole lines of output, or a notice
    std::uint64_t dropped = 0;       ///< bytes of output left out before `text`
};

/// The truth about what happened on this target in this run: append-only, each record with a CRC, kept across the
/// agents of a run. States and notices are on disk before anybody hears of them; output is not worth a sync.
///
/// When a write or sync fails, the journal takes nothing more, for good: after a failed fsync nobody knows what is
/// on disk. Any thread may call.
class Journal {
public:
    /// Opens or makes `file`. A record cut short at the end is dropped; damage before the end puts the file aside
    /// as FILE.damaged and begins a new one, with a notice about it.
    Journal(const std::filesystem::path& file, const Failpoint& failpoint);

    void job(const JobStatus& status);
    void notice(std::string_view text);
    void output(const std::string& job, std::string_view text, std::uint64_t dropped);

    /// Events after `since`, oldest first, at most `most` and about `most_bytes` of text (but at least one); waits
    /// for the first one until `deadline`.
    std::vector<Event> events(std::uint64_t since, std::size_t most, std::size_t most_bytes,
                              common::Deadline deadline) const;

    /// Everything up to `seq` is stored at the manager.
    void acknowledge(std::uint64_t seq);
    std::uint64_t acknowledged() const;
    std::uint64_t last() const;

    /// The newest state of `job` that stands in the journal.
    std::optional<JobState> state_of(const std::string& job) const;

    /// Why it takes nothing more; empty when it is well.
    std::string problem() const;
    /// Throws `rejected` when the journal takes nothing more.
    void demand_health() const;

private:
    void load(const std::filesystem::path& file);
    void append(Event event, bool durable);

    const Failpoint& failpoint_;
    mutable std::mutex mutex_;
    mutable std::condition_variable arrived_;
    common::os::Descriptor file_;
    std::deque<Event> events_; ///< not acknowledged yet
    std::vector<std::pair<std::string, JobState>> states_;
    std::uint64_t last_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::string problem_;
};

} // namespace agent
