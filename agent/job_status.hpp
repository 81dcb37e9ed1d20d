#pragma once

#include "common/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

/// As in the contract (wsdl/types.xsd), which says what each means.
enum class JobState {
    accepted,
    running,
    succeeded,
    succeeded_pending_reboot,
    failed,
    cancelled,
    interrupted,
    interrupted_by_reboot,
};

constexpr bool is_final(JobState state)
{
    return state != JobState::accepted && state != JobState::running;
}

std::string_view name_of(JobState state);
JobState job_state_named(std::string_view name); ///< throws `invalid`

/// What is known of one job.
struct JobStatus {
    std::string job;
    std::string component;
    JobState state = JobState::accepted;
    std::string result;             ///< normalised, as in the contract; empty before the end
    std::optional<int> exit_code;   ///< raw
    std::optional<int> signal;      ///< that ended the installer
    std::string code_map;           ///< which table made the result of the raw code
    std::string text;               ///< one sentence
    std::int64_t started = 0;       ///< ms since 1970 by the target's clock; 0 = not yet
    std::int64_t ended = 0;
    std::string log;                ///< name of its log
    std::uint64_t output_bytes = 0; ///< printed so far

    void add_to(common::Fields& fields) const;
    static JobStatus from(const common::Fields& fields);
};

} // namespace agent
