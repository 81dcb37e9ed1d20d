#include "agent/journal.hpp"

#include "agent/crc32.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cstring>

#include <fcntl.h>

namespace agent {

using common::Error;
using common::Fields;
using common::Trouble;

namespace {

constexpr std::string_view header = "soapstone-journal 1\n";
constexpr std::string_view event_format = "soapstone-event 1";
constexpr std::size_t frame = 8; ///< u32 length, u32 CRC-32, both little endian, in front of each record

/// A journal holds states, notices and a capped amount of output; more than this is no journal of ours.
constexpr std::uint64_t most_bytes_of_file = 256ULL << 20;

void put_u32(std::string& out, std::uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8)
        out += static_cast<char>((value >> shift) & 0xFF);
}

std::uint32_t get_u32(std::string_view in)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(in[i])) << (8 * i);
    return value;
}

std::string to_record(const Event& event)
{
    Fields fields{std::string(event_format)};
    fields.add("seq", event.seq).add("time", static_cast<std::uint64_t>(event.time));
    if (event.job)
        event.job->add_to(fields);
    if (!event.output_of.empty())
        fields.add("output-of", event.output_of);
    if (!event.text.empty())
        fields.add("text", event.text);
    if (event.dropped > 0)
        fields.add("dropped", event.dropped);
    const std::string text = fields.text();
    std::string record;
    put_u32(record, static_cast<std::uint32_t>(text.size()));
    put_u32(record, crc32(text));
    return record + text;
}

Event from_record(std::string_view text)
{
    const Fields fields = Fields::parse(text, event_format);
    Event event;
    event.seq = fields.number("seq");
    event.time = static_cast<std::int64_t>(fields.number("time"));
    if (!fields.get_or("state", "").empty())
        event.job = JobStatus::from(fields);
    event.output_of = fields.get_or("output-of", "");
    event.text = fields.get_or("text", "");
    event.dropped = fields.get_or("dropped", "").empty() ? 0 : fields.number("dropped");
    return event;
}

struct Contents {
    std::deque<Event> events;
    std::size_t good = 0;  ///< bytes up to the end of the last whole record
    bool damaged = false;  ///< there is more behind `good` than one record cut short
};

Contents read_records(std::string_view bytes)
{
    Contents contents;
    if (!bytes.starts_with(header)) {
        contents.damaged = !header.starts_with(bytes);
        return contents;
    }
    contents.good = header.size();
    while (bytes.size() - contents.good >= frame) {
        const std::string_view rest = bytes.substr(contents.good);
        const std::size_t size = get_u32(rest);
        if (size > rest.size() - frame)
            return contents; // cut short, or its length is wrong: both end here
        const std::string_view text = rest.substr(frame, size);
        if (crc32(text) != get_u32(rest.substr(4))) {
            contents.damaged = size < rest.size() - frame;
            return contents;
        }
        try {
            contents.events.push_back(from_record(text));
        } catch (const Error&) {
            contents.damaged = true; // whole, yet not ours
            return contents;
        }
        contents.good += frame + size;
    }
    return contents;
}

} // namespace

Journal::Journal(const std::filesystem::path& file, const Failpoint& failpoint) : failpoint_(failpoint)
{
    load(file);
}

void Journal::load(const std::filesystem::path& file)
{
    const std::string bytes = common::os::read_file_if_there(file, most_bytes_of_file).value_or("");
    Contents contents = read_records(bytes);
    for (const Event& event : contents.events)
        if (event.job)
            states_.emplace_back(event.job->job, event.job->state);
    if (!contents.events.empty())
        last_ = contents.events.back().seq;
    events_ = std::move(contents.events);
    if (contents.damaged) {
        std::filesystem::path aside = file;
        aside += ".damaged-" + std::to_string(common::to_milliseconds(std::chrono::system_clock::now()));
        std::filesystem::rename(file, aside);
        last_ += bytes.size() - contents.good; // no number behind the damage is ever used again
        contents.good = 0;
    }
    file_ = common::os::open_file(file, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
    if (::ftruncate(file_.get(), static_cast<off_t>(contents.good)) != 0)
        throw common::system_error("cutting " + file.string());
    if (contents.good == 0) {
        common::os::write_all(file_.get(), header, file.string());
        common::os::sync_file(file_.get(), file.string());
        common::os::sync_folder(file.parent_path());
    }
    if (contents.damaged)
        notice("the journal was damaged; it was put aside, and jobs are judged by their own records");
}

void Journal::append(Event event, bool durable)
{
    const std::lock_guard lock(mutex_);
    if (!problem_.empty())
        return;
    event.seq = last_ + 1;
    event.time = common::to_milliseconds(std::chrono::system_clock::now());
    try {
        failpoint_.at("before_event");
        common::os::write_all(file_.get(), to_record(event), "the journal");
        if (durable)
            common::os::sync_file(file_.get(), "the journal");
        failpoint_.at("after_event");
    } catch (const Error& error) {
        problem_ = error.text();
        arrived_.notify_all();
        return;
    }
    last_ = event.seq;
    if (event.job)
        states_.emplace_back(event.job->job, event.job->state);
    events_.push_back(std::move(event));
    arrived_.notify_all();
}

void Journal::job(const JobStatus& status)
{
    Event event;
    event.job = status;
    append(std::move(event), true);
}

void Journal::notice(std::string_view text)
{
    Event event;
    event.text = common::xml_safe(text);
    append(std::move(event), true);
}

void Journal::output(const std::string& job, std::string_view text, std::uint64_t dropped)
{
    Event event;
    event.output_of = job;
    event.text = common::xml_safe(text);
    event.dropped = dropped;
    append(std::move(event), false);
}

std::vector<Event> Journal::events(std::uint64_t since, std::size_t most, std::size_t most_bytes,
                                   common::Deadline deadline) const
{
    std::unique_lock lock(mutex_);
    arrived_.wait_until(lock, deadline.at(), [&] { return last_ > since || !problem_.empty(); });
    std::vector<Event> out;
    std::size_t bytes = 0;
    const auto first = std::find_if(events_.begin(), events_.end(), [&](const Event& e) { return e.seq > since; });
    for (auto event = first; event != events_.end() && out.size() < most && bytes < most_bytes; ++event) {
        bytes += event->text.size();
        out.push_back(*event);
    }
    return out;
}

void Journal::acknowledge(std::uint64_t seq)
{
    const std::lock_guard lock(mutex_);
    acknowledged_ = std::max(acknowledged_, std::min(seq, last_));
    while (!events_.empty() && events_.front().seq <= acknowledged_)
        events_.pop_front();
}

std::uint64_t Journal::acknowledged() const
{
    const std::lock_guard lock(mutex_);
    return acknowledged_;
}

std::uint64_t Journal::last() const
{
    const std::lock_guard lock(mutex_);
    return last_;
}

std::optional<JobState> Journal::state_of(const std::string& job) const
{
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(states_.rbegin(), states_.rend(), [&](const auto& entry) { return entry.first == job; });
    return found == states_.rend() ? std::nullopt : std::optional(found->second);
}

std::string Journal::problem() const
{
    const std::lock_guard lock(mutex_);
    return problem_;
}

void Journal::demand_health() const
{
    if (const std::string why = problem(); !why.empty())
        throw Error(Trouble::rejected, "the journal on the target cannot be written: " + why,
                    "make room on the target's /var/lib, then run resume");
}

} // namespace agent
