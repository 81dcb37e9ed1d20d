#include "agent/live_output.hpp"

#include "common/error.hpp"
#include "common/os/file_calls.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace agent {

using common::os::Open;

LiveOutput::LiveOutput(Journal& journal, std::filesystem::path log, std::string job, Sent& sent)
    : journal_(journal), log_(std::move(log)), job_(std::move(job)), sent_(sent)
{
}

std::string event_text(std::string_view raw)
{
    std::string lines(raw);
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (lines[i] == '\r')
            lines[i] = '\n';
    // "\r\n" became two ends of one line
    lines.erase(
        std::unique(lines.begin(), lines.end(), [](char a, char b) { return a == '\n' && b == '\n'; }),
        lines.end());
    return common::xml_safe(lines);
}

std::size_t event_length(std::string_view raw, bool all)
{
    std::size_t length = 0;
    std::size_t weight = 0;
    std::size_t line_end = 0;
    for (; length < raw.size(); ++length) {
        const char c = raw[length];
        // At worst three bytes become of a bad one (U+FFFD), and five or six of those that XML escapes.
        const bool plain = c == '\n' || c == '\t' || (c >= ' ' && c <= '~');
        weight += plain ? escaped_size(std::string_view(&c, 1)) : 3;
        if (weight > LiveOutput::most_event)
            return line_end != 0 ? line_end : length;
        if (c == '\n' || c == '\r')
            line_end = length + 1;
    }
    return all ? raw.size() : line_end;
}

std::string LiveOutput::read_more() const
{
    const common::os::Descriptor file = common::os::try_open(log_, Open::read | Open::no_link);
    std::string bytes(most_event, '\0');
    const std::ptrdiff_t got =
        file ? common::os::read_at(file.get(), bytes.data(), bytes.size(), sent_.offset) : 0;
    bytes.resize(static_cast<std::size_t>(std::max<std::ptrdiff_t>(got, 0)));
    return bytes;
}

bool LiveOutput::send(std::string_view raw, std::uint64_t dropped)
{
    Event event;
    event.time = std::chrono::system_clock::now();
    event.kind = EventKind::output;
    event.job_id = job_;
    event.text = event_text(raw);
    event.dropped = dropped;
    event.log_offset = sent_.offset + raw.size() + dropped;
    if (!journal_.append_output(event))
        return false;
    sent_.offset = event.log_offset;
    sent_.bytes += event.text.size();
    ++sent_.events;
    return true;
}

void LiveOutput::step()
{
    if (is_full())
        return;
    const std::string raw = read_more();
    if (const std::size_t length = event_length(raw, false); length != 0)
        send(std::string_view(raw).substr(0, length), 0);
}

void LiveOutput::finish(std::uint64_t printed)
{
    while (!is_full()) {
        const std::string raw = read_more();
        if (raw.empty() || !send(std::string_view(raw).substr(0, event_length(raw, true)), 0))
            break;
    }
    if (printed > sent_.offset)
        send({}, printed - sent_.offset);
}

} // namespace agent
