#pragma once

#include "agent/event.hpp"
#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// The append-only record of what happened on this target in a run, kept across agents. Each record is its
/// length, its CRC-32 and its text. What a crash cut short at the end is cut off when it is opened. Any
/// thread.
class Journal {
public:
    explicit Journal(const std::filesystem::path& file);

    /// Gives `event` its number and time and appends it. Job and notice events are durable before anybody
    /// sees them. A failed write or sync closes the journal for good: Error `rejected`, now and ever after.
    std::uint64_t append(Event event);

    /// At most `most` events after `since`, oldest first.
    std::vector<Event> events(std::uint64_t since, std::size_t most) const;

    /// True when there is an event after `since`, waiting for one up to `deadline`.
    bool wait(std::uint64_t since, common::Deadline deadline) const;

    /// Ends all waiting, now and in future.
    void wake();

    std::uint64_t last() const;
    std::string problem() const; ///< empty when all is well

private:
    struct Place {
        std::uint64_t offset;
        std::uint32_t size;
    };

    void scan();
    std::string read(Place place) const;
    void write(const std::string& record, bool durable);

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    common::os::Descriptor file_;
    std::vector<Place> places_; ///< of event n at n - 1
    std::uint64_t end_ = 0;
    std::string problem_;
    bool awake_ = false;
};

std::uint32_t crc32(std::string_view bytes);

} // namespace agent
