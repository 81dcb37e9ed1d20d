#pragma once

#include "agent/job_status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

/// What an event tells, in the order of the contract's EventKind.
enum class EventKind { job, output, notice };

/// One entry of the journal.
struct Event {
    std::uint64_t seq = 0; ///< given by the journal
    common::SystemTime time{};
    EventKind kind = EventKind::notice;
    std::string job_id;           ///< empty for a notice
    std::optional<JobStatus> job; ///< with kind job
    std::string text;             ///< whole lines (output) or a sentence (notice); valid for XML
    std::uint64_t dropped = 0;    ///< bytes of output left out before `text`

    // For the agent's own memory; these do not leave the target.
    std::string order_hash; ///< with kind job: SHA-256 of the order, so that a job stays known after its
                            ///< folder was removed
    std::uint64_t log_offset = 0; ///< with kind output: where in the job's log the next event begins

    std::string record() const;
    static Event parse(std::string_view record); ///< throws `invalid`
};

Event notice(std::string sentence);

} // namespace agent
