#pragma once

#include "agent/event.hpp"
#include "agent/journal_format.hpp"
#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace agent {

/// The agent's memory of what happened: an append-only file of events. It outlives agents; numbers go on
/// where the last agent stopped.
///
/// Every event is on the disk before anybody can see it: job and notice events when append() returns, output
/// events when they are first read. So a number that was told never comes again with another meaning. After a
/// failed write or sync the journal takes nothing more: what the kernel dropped must not be taken for stored.
/// Any thread may call.
class Journal {
public:
    using Visitor = std::function<void(const Event&)>; ///< shown all old events, in order, at the start
    using Sync = bool (*)(int descriptor);             ///< os::sync_data(), but for tests

    /// Opens or makes `file`. A torn end is cut off. A damaged file is put aside as `journal.damaged-N`, and
    /// a new one is begun with all that could still be read; a lost event leaves a notice under its number.
    /// Throws `rejected` when the file cannot be opened, or belongs to a newer version.
    Journal(std::filesystem::path file, const Visitor& visit, Sync sync);
    explicit Journal(std::filesystem::path file, const Visitor& visit = {});

    /// Appends `event` under the next number. Throws `rejected` "the journal on the target cannot be written:
    /// ..." when it cannot be stored.
    std::uint64_t append(Event event);

    /// As append(), for events that may be left out: false when there is no room for it.
    bool append_output(Event event);

    /// The oldest events behind `since`: at most `most`, and no more than `most_bytes` as estimated for XML,
    /// but one at least when there is one.
    std::vector<Event> read(std::uint64_t since, std::size_t most, std::size_t most_bytes);

    /// Everything up to `seq` is stored by the manager. A number beyond ours tells that events were lost here
    /// with the end of a damaged file: then numbers go on behind it.
    void acknowledge(std::uint64_t seq);

    /// Waits until there is an event behind `since`, until `deadline` or stop_waiting(). True when there is
    /// one.
    bool wait(std::uint64_t since, common::Deadline deadline) const;

    /// The same for callers from outside, who take turns: a later call ends an earlier one. So they never
    /// hold more than one thread, and one whose connection broke does not keep the next one waiting.
    void wait_in_turn(std::uint64_t since, common::Deadline deadline) const;

    void stop_waiting(); ///< now and ever after

    std::uint64_t last_seq() const;
    std::uint64_t acknowledged() const;

    /// Why the journal takes no more events, or that it was damaged before; empty when all is well.
    std::string problem() const;

    /// Throws what append() would throw now.
    void check_writable() const;
    bool is_closed() const; ///< it would throw

private:
    struct Place {
        std::uint64_t seq;
        std::uint64_t offset;
        std::size_t size;
    };

    void open(const Visitor& visit);
    void replace_damaged(const journal::Scan& scan, std::string_view bytes);
    void remember(const journal::Scan& scan, const Visitor& visit);
    void write(std::string_view bytes, bool durable);
    std::uint64_t append_held(Event& event); ///< with mutex_ held
    [[noreturn]] void fail(const std::string& why);
    void throw_if_failed() const;
    void sync_all();
    Event load(const Place& place) const;

    const std::filesystem::path path_;
    const Sync sync_;
    mutable std::mutex mutex_;
    mutable std::condition_variable news_;
    mutable std::uint64_t turn_ = 0;
    bool awake_ = false;
    common::os::Descriptor file_;
    std::vector<Place> places_; ///< only where they are, by seq; the events stay in the file
    std::uint64_t size_ = 0;    ///< of the file
    std::uint64_t last_seq_ = 0;
    std::uint64_t durable_seq_ = 0; ///< up to here a power cut takes nothing
    std::uint64_t acknowledged_ = 0;
    std::string failure_;
    std::string damage_;
};

/// Bytes that `event` takes as XML, roughly and rather too many.
std::size_t xml_size(const Event& event);

/// Bytes of `text` inside XML.
std::size_t escaped_size(std::string_view text);

} // namespace agent
