#pragma once

#include "agent/installer/result.hpp"
#include "common/clock.hpp"
#include "common/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

/// Where a job stands, in the order of the contract's JobState.
enum class JobState {
    accepted,
    running,
    succeeded,
    succeeded_pending_reboot,
    failed,
    cancelled,
    interrupted,           ///< its end was not seen; the inventory tells what it did
    interrupted_by_reboot, ///< as interrupted, and the target has booted since
};

std::string_view name_of(JobState state);
JobState job_state(std::string_view name); ///< throws `invalid`

/// Final states never change.
constexpr bool is_final(JobState state)
{
    return state != JobState::accepted && state != JobState::running;
}

/// The state of a job whose installer ended with `result`.
JobState state_after(installer::Result result);

/// What is known of one job.
struct JobStatus {
    std::string id;
    std::string component;
    JobState state = JobState::accepted;
    std::optional<installer::Result> result; ///< once final
    std::optional<int> exit_code;            ///< raw
    std::optional<int> signal;               ///< that ended the installer
    std::string code_map;                    ///< deb, rpm or posix
    std::string text;                        ///< one sentence
    std::optional<common::SystemTime> started;
    std::optional<common::SystemTime> ended;
    std::string log; ///< name of the log with its output
    std::uint64_t output_bytes = 0;
};

void add_to(common::Fields& fields, const JobStatus& status);
JobStatus status_in(const common::Fields& fields); ///< throws `invalid`

} // namespace agent
