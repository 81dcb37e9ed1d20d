#include "agent/job_status.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <array>

namespace agent {

namespace {

constexpr std::array<std::string_view, 8> names{
    "accepted", "running",   "succeeded",   "succeeded_pending_reboot",
    "failed",   "cancelled", "interrupted", "interrupted_by_reboot"};
static_assert(names[static_cast<std::size_t>(JobState::interrupted_by_reboot)] == "interrupted_by_reboot");

std::optional<int> code_in(const common::Fields& fields, std::string_view key)
{
    if (fields.get_or(key, "").empty())
        return std::nullopt;
    return static_cast<int>(
        static_cast<std::uint32_t>(fields.number(key, UINT32_MAX))); // Windows uses all bits
}

std::optional<common::SystemTime> time_in(const common::Fields& fields, std::string_view key)
{
    if (fields.get_or(key, "").empty())
        return std::nullopt;
    return common::from_milliseconds(static_cast<std::int64_t>(fields.number(key, INT64_MAX)));
}

void add_time(common::Fields& fields, std::string key, const std::optional<common::SystemTime>& time)
{
    // A clock before 1970 is a broken clock; it must not break the record.
    if (time)
        fields.add(std::move(key),
                   static_cast<std::uint64_t>(std::max<std::int64_t>(common::to_milliseconds(*time), 0)));
}

} // namespace

std::string_view name_of(JobState state)
{
    return names.at(static_cast<std::size_t>(state));
}

JobState job_state(std::string_view name)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return static_cast<JobState>(i);
    throw common::Error(common::Trouble::invalid,
                        "\"" + common::one_line(name, 40) + "\" is no state of a job");
}

JobState state_after(installer::Result result)
{
    using installer::Result;
    switch (result) {
    case Result::ok:
    case Result::not_needed:
        return JobState::succeeded;
    case Result::ok_reboot:
    case Result::rebooting:
        return JobState::succeeded_pending_reboot;
    case Result::cancelled:
        return JobState::cancelled;
    default:
        return JobState::failed;
    }
}

void add_to(common::Fields& fields, const JobStatus& status)
{
    fields.add("job", status.id).add("component", status.component).add("state", name_of(status.state));
    if (status.result)
        fields.add("result", name_of(*status.result));
    if (status.exit_code)
        fields.add("exit-code", static_cast<std::uint64_t>(static_cast<std::uint32_t>(*status.exit_code)));
    if (status.signal)
        fields.add("signal", static_cast<std::uint64_t>(*status.signal));
    if (!status.code_map.empty())
        fields.add("code-map", status.code_map);
    if (!status.text.empty())
        fields.add("sentence", status.text);
    add_time(fields, "started", status.started);
    add_time(fields, "ended", status.ended);
    fields.add("log", status.log).add("output-bytes", status.output_bytes);
}

JobStatus status_in(const common::Fields& fields)
{
    JobStatus status;
    status.id = fields.get("job");
    status.component = fields.get("component");
    status.state = job_state(fields.get("state"));
    status.result = installer::result_named(fields.get_or("result", ""));
    status.exit_code = code_in(fields, "exit-code");
    status.signal = code_in(fields, "signal");
    status.code_map = fields.get_or("code-map", "");
    status.text = fields.get_or("sentence", "");
    status.started = time_in(fields, "started");
    status.ended = time_in(fields, "ended");
    status.log = fields.get("log");
    status.output_bytes = fields.number("output-bytes");
    return status;
}

} // namespace agent
