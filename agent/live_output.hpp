#pragma once

#include "agent/journal.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace agent {

/// Makes events of what a job prints, while it prints it: whole lines out of its log, so that an installer
/// never waits for anybody. A megabyte of a job's output goes this way; the rest is counted, and the log has
/// it. One thread.
class LiveOutput {
public:
    static constexpr std::uint64_t most_bytes = 1 << 20; ///< of text, per job
    static constexpr std::uint64_t most_events = 4'000;  ///< per job: many short lines are no free ride
    static constexpr std::size_t most_event = 16 << 10;  ///< bytes of one event, as XML

    /// What earlier agents of this run sent of the job.
    struct Sent {
        std::uint64_t offset = 0; ///< in the log
        std::uint64_t bytes = 0;
        std::uint64_t events = 0;
    };

    /// Goes on behind `sent`, and keeps it up to date; it and `journal` outlive this.
    LiveOutput(Journal& journal, std::filesystem::path log, std::string job, Sent& sent);

    /// Sends the next whole lines, if there are any. To be called a few times a second.
    void step();

    /// Sends what is left, also a line without an end, and tells how much of `printed` bytes was left out.
    void finish(std::uint64_t printed);

private:
    bool is_full() const { return sent_.bytes >= most_bytes || sent_.events >= most_events; }
    std::string read_more() const;
    bool send(std::string_view raw, std::uint64_t dropped);

    Journal& journal_;
    const std::filesystem::path log_;
    const std::string job_;
    Sent& sent_;
};

/// Printed `raw` as text for an event: carriage returns end lines, and what XML forbids is replaced.
std::string event_text(std::string_view raw);

/// How many bytes at the front of `raw` make one event: whole lines as far as possible, `partial` lines when
/// a line is too long or `all` is to go; 0 when there is no whole line yet.
std::size_t event_length(std::string_view raw, bool all);

} // namespace agent
