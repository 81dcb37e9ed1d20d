#include "agent/wire_forms.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"

namespace agent {

namespace {

wire::EventKind kind_of(const std::string& name)
{
    if (name == "job")
        return wire::EventKind::job;
    return name == "output" ? wire::EventKind::output : wire::EventKind::notice;
}

std::optional<std::string> if_any(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional(common::xml_safe(text));
}

std::optional<common::SystemTime> if_known(std::int64_t time)
{
    return time == 0 ? std::nullopt : std::optional(common::from_milliseconds(time));
}

} // namespace

wire::Job to_wire(const JobView& view)
{
    wire::Job job;
    job.id = view.id;
    job.component = common::xml_safe(view.component);
    job.state = wire::JobState::failed;
    soap_s2t__JobState(nullptr, view.state.c_str(), &job.state);
    if (!view.result.empty()) {
        wire::JobResult result = wire::JobResult::unknown_USCOREcode;
        soap_s2t__JobResult(nullptr, view.result.c_str(), &result);
        job.result = result;
    }
    job.exitCode = view.exit_code;
    job.signal = view.signal;
    job.codeMap = if_any(view.code_map);
    job.text = if_any(view.text);
    job.startedAt = if_known(view.started);
    job.endedAt = if_known(view.ended);
    job.log = if_any(view.log);
    job.outputBytes = static_cast<LONG64>(view.output_bytes);
    return job;
}

wire::Event to_wire(const Event& event)
{
    wire::Event out;
    out.seq = static_cast<LONG64>(event.seq);
    out.time = common::from_milliseconds(event.time);
    out.kind = kind_of(event.kind);
    out.jobId = if_any(event.job_id);
    if (event.job)
        out.job = to_wire(*event.job);
    out.text = if_any(event.text);
    if (event.dropped > 0)
        out.dropped = static_cast<LONG64>(event.dropped);
    return out;
}

} // namespace agent
