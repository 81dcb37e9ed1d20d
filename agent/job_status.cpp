#include "agent/job_status.hpp"

#include "common/error.hpp"

#include <array>

namespace agent {

namespace {

constexpr std::array states{JobState::accepted,  JobState::running,     JobState::succeeded,
                            JobState::succeeded_pending_reboot,         JobState::failed,
                            JobState::cancelled, JobState::interrupted, JobState::interrupted_by_reboot};

std::optional<int> number_if_there(const common::Fields& fields, std::string_view key)
{
    if (fields.get_or(key, "").empty())
        return std::nullopt;
    return static_cast<int>(fields.number(key, 255));
}

} // namespace

std::string_view name_of(JobState state)
{
    switch (state) {
    case JobState::accepted: return "accepted";
    case JobState::running: return "running";
    case JobState::succeeded: return "succeeded";
    case JobState::succeeded_pending_reboot: return "succeeded_pending_reboot";
    case JobState::failed: return "failed";
    case JobState::cancelled: return "cancelled";
    case JobState::interrupted: return "interrupted";
    case JobState::interrupted_by_reboot: return "interrupted_by_reboot";
    }
    return "failed";
}

JobState job_state_named(std::string_view name)
{
    for (const JobState state : states)
        if (name_of(state) == name)
            return state;
    throw common::Error(common::Trouble::invalid, "\"" + std::string(name) + "\" is no state of a job");
}

void JobStatus::add_to(common::Fields& fields) const
{
    fields.add("job", job).add("component", component).add("state", name_of(state));
    if (!result.empty())
        fields.add("result", result);
    if (exit_code)
        fields.add("exit-code", static_cast<std::uint64_t>(*exit_code));
    if (signal)
        fields.add("signal", static_cast<std::uint64_t>(*signal));
    fields.add("code-map", code_map)
        .add("sentence", text)
        .add("started", static_cast<std::uint64_t>(started))
        .add("ended", static_cast<std::uint64_t>(ended))
        .add("log", log)
        .add("output-bytes", output_bytes);
}

JobStatus JobStatus::from(const common::Fields& fields)
{
    JobStatus status;
    status.job = fields.get("job");
    status.component = fields.get("component");
    status.state = job_state_named(fields.get("state"));
    status.result = fields.get_or("result", "");
    status.exit_code = number_if_there(fields, "exit-code");
    status.signal = number_if_there(fields, "signal");
    status.code_map = fields.get("code-map");
    status.text = fields.get("sentence");
    status.started = static_cast<std::int64_t>(fields.number("started"));
    status.ended = static_cast<std::int64_t>(fields.number("ended"));
    status.log = fields.get("log");
    status.output_bytes = fields.number("output-bytes");
    return status;
}

} // namespace agent
