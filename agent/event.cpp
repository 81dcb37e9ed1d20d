#include "agent/event.hpp"

#include "common/fields.hpp"

namespace agent {

namespace {

constexpr std::string_view event_format = "soapstone-event 1";

void add_job(common::Fields& fields, const JobView& job)
{
    fields.add("job", job.id)
        .add("component", job.component)
        .add("state", job.state)
        .add("result", job.result);
    if (job.exit_code)
        fields.add("exit", std::to_string(*job.exit_code));
    if (job.signal)
        fields.add("signal", std::to_string(*job.signal));
    fields.add("code-map", job.code_map)
        .add("job-text", job.text)
        .add("started", static_cast<std::uint64_t>(job.started))
        .add("ended", static_cast<std::uint64_t>(job.ended))
        .add("log", job.log)
        .add("bytes", job.output_bytes);
}

std::optional<int> number_if_there(const common::Fields& fields, std::string_view key)
{
    if (fields.all(key).empty())
        return std::nullopt;
    return static_cast<int>(fields.number(key, INT32_MAX));
}

JobView job_in(const common::Fields& fields)
{
    JobView job;
    job.id = fields.get("job");
    job.component = fields.get("component");
    job.state = fields.get("state");
    job.result = fields.get("result");
    job.exit_code = number_if_there(fields, "exit");
    job.signal = number_if_there(fields, "signal");
    job.code_map = fields.get("code-map");
    job.text = fields.get("job-text");
    job.started = static_cast<std::int64_t>(fields.number("started", INT64_MAX));
    job.ended = static_cast<std::int64_t>(fields.number("ended", INT64_MAX));
    job.log = fields.get("log");
    job.output_bytes = fields.number("bytes");
    return job;
}

} // namespace

std::string Event::record() const
{
    common::Fields fields{std::string(event_format)};
    fields.add("seq", seq).add("time", static_cast<std::uint64_t>(time)).add("kind", kind);
    if (job)
        add_job(fields, *job);
    else if (!job_id.empty())
        fields.add("of", job_id);
    if (!text.empty())
        fields.add("text", text);
    if (dropped > 0)
        fields.add("dropped", dropped);
    return fields.text();
}

Event Event::parse(std::string_view record)
{
    const common::Fields fields = common::Fields::parse(record, event_format);
    Event event;
    event.seq = fields.number("seq");
    event.time = static_cast<std::int64_t>(fields.number("time", INT64_MAX));
    event.kind = fields.get("kind");
    if (event.kind == "job")
        event.job = job_in(fields);
    event.job_id = event.job ? event.job->id : fields.get_or("of", "");
    event.text = fields.get_or("text", "");
    event.dropped = fields.all("dropped").empty() ? 0 : fields.number("dropped");
    return event;
}

} // namespace agent
