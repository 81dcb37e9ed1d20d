#include "agent/wire_forms.hpp"

#include "common/text.hpp"

namespace agent {

namespace {

/// Our enumerations are in the order of the contract's; these are the last ones of each.
template <typename Wire, typename Ours>
constexpr Wire same(Ours ours)
{
    return static_cast<Wire>(static_cast<int>(ours));
}
static_assert(same<wire::JobState>(JobState::interrupted_by_reboot) ==
              wire::JobState::interrupted_USCOREby_USCOREreboot);
static_assert(same<wire::JobResult>(installer::Result::unknown_code) == wire::JobResult::unknown_USCOREcode);
static_assert(same<wire::EventKind>(EventKind::notice) == wire::EventKind::notice);
static_assert(same<wire::RebootState>(RebootState::done) == wire::RebootState::done);

std::optional<std::string> if_any(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional(common::xml_safe(text));
}

} // namespace

wire::Job to_wire(const JobStatus& status)
{
    wire::Job job;
    job.id = status.id;
    job.component = common::xml_safe(status.component);
    job.state = same<wire::JobState>(status.state);
    if (status.result)
        job.result = same<wire::JobResult>(*status.result);
    job.exitCode = status.exit_code;
    job.signal = status.signal;
    job.codeMap = if_any(status.code_map);
    job.text = if_any(status.text);
    job.startedAt = status.started;
    job.endedAt = status.ended;
    job.log = if_any(status.log);
    job.outputBytes = static_cast<LONG64>(status.output_bytes);
    return job;
}

wire::Event to_wire(const Event& event)
{
    wire::Event out;
    out.seq = static_cast<LONG64>(event.seq);
    out.time = event.time;
    out.kind = same<wire::EventKind>(event.kind);
    out.jobId = if_any(event.job_id);
    if (event.job)
        out.job = to_wire(*event.job);
    out.text = if_any(event.text);
    if (event.dropped > 0)
        out.dropped = static_cast<LONG64>(event.dropped);
    return out;
}

wire::Reboot to_wire(const RebootStatus& status)
{
    wire::Reboot reboot;
    reboot.state = same<wire::RebootState>(status.state);
    reboot.secondsLeft = static_cast<LONG64>(status.left.count());
    return reboot;
}

wire::LogHead to_wire(const AgentLog::Head& head)
{
    wire::LogHead out;
    out.lines = static_cast<LONG64>(head.chain.lines);
    out.value = head.chain.value;
    if (head.broken)
        out.brokenAt = static_cast<LONG64>(*head.broken);
    return out;
}

LogRoad log_road(const wire::LogRoad& road)
{
    return {common::Endpoint::parse(road.server), road.pin, road.path};
}

} // namespace agent
