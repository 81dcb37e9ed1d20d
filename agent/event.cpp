#include "agent/event.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <array>

namespace agent {

namespace {

constexpr std::string_view format = "soapstone-event 1";
constexpr std::array<std::string_view, 3> kinds{"job", "output", "notice"};

EventKind event_kind(std::string_view name)
{
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (kinds[i] == name)
            return static_cast<EventKind>(i);
    throw common::Error(common::Trouble::invalid,
                        "\"" + common::one_line(name, 40) + "\" is no kind of event");
}

} // namespace

std::string Event::record() const
{
    common::Fields fields{std::string(format)};
    const std::int64_t milliseconds = std::max<std::int64_t>(common::to_milliseconds(time), 0);
    fields.add("seq", seq).add("time", static_cast<std::uint64_t>(milliseconds));
    fields.add("kind", kinds.at(static_cast<std::size_t>(kind)));
    if (kind == EventKind::job && job) {
        add_to(fields, *job);
        fields.add("order-hash", order_hash);
    } else if (kind == EventKind::output) {
        fields.add("job", job_id).add("log-offset", log_offset).add("dropped", dropped);
    }
    return fields.add("text", text).text();
}

Event Event::parse(std::string_view record)
{
    const common::Fields fields = common::Fields::parse(record, format);
    Event event;
    event.seq = fields.number("seq", INT64_MAX);
    event.time = common::from_milliseconds(static_cast<std::int64_t>(fields.number("time", INT64_MAX)));
    event.kind = event_kind(fields.get("kind"));
    event.text = fields.get("text");
    if (event.kind == EventKind::job) {
        event.job = status_in(fields);
        event.job_id = event.job->id;
        event.order_hash = fields.get("order-hash");
    } else if (event.kind == EventKind::output) {
        event.job_id = fields.get("job");
        event.log_offset = fields.number("log-offset");
        event.dropped = fields.number("dropped", INT64_MAX);
    }
    return event;
}

Event notice(std::string sentence)
{
    Event event;
    event.time = std::chrono::system_clock::now();
    event.kind = EventKind::notice;
    event.text = std::move(sentence);
    return event;
}

} // namespace agent
