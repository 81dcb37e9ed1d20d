#include "agent/journal.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace agent {

using common::Error;
using common::Trouble;
using common::os::Open;
using journal::Record;
using journal::Scan;
using journal::Type;

namespace {

/// A run writes a megabyte per job at most; a larger file is not ours.
constexpr std::uint64_t most_file_bytes = 256 << 20;

std::optional<Event> event_in(const Record& record)
{
    try {
        Event event = Event::parse(record.body);
        event.seq = record.seq;
        return event;
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::filesystem::path free_name(const std::filesystem::path& path)
{
    for (unsigned i = 1;; ++i) {
        std::filesystem::path name = path;
        name += ".damaged-" + std::to_string(i);
        if (!std::filesystem::exists(std::filesystem::symlink_status(name)))
            return name;
    }
}

/// The sound events of a damaged file, and a notice in the place of each that was lost: numbers have no gaps,
/// so that nobody waits for what will never come.
std::string salvage(const Scan& scan)
{
    std::string bytes = journal::file_head();
    std::uint64_t acknowledged = 0;
    std::uint64_t last = 0;
    bool behind_damage = false;
    const auto fill_up_to = [&](std::uint64_t seq) {
        constexpr std::uint64_t most_lost = 10'000; // more were never lost between two sound ones
        for (std::uint64_t lost = last + 1; last != 0 && seq - last < most_lost && lost < seq; ++lost) {
            Event placeholder = notice("an entry of the journal on the target was damaged and is lost");
            placeholder.seq = lost;
            bytes += journal::encode(Type::event, lost, placeholder.record());
        }
    };
    for (const Record& record : scan.records) {
        if (record.type == Type::acknowledgement) {
            acknowledged = std::max(acknowledged, record.seq);
            continue;
        }
        if (record.seq <= last)
            continue;
        fill_up_to(record.seq);
        last = record.seq;
        bytes += journal::encode(Type::event, record.seq, record.body);
    }
    behind_damage =
        scan.records.empty() || scan.records.back().offset + scan.records.back().size < scan.sound_end;
    if (behind_damage && last != 0) { // one at least was lost at the end
        ++last;
        fill_up_to(last + 1);
        Event placeholder = notice("the end of the journal on the target was damaged and is lost");
        placeholder.seq = last;
        bytes += journal::encode(Type::event, last, placeholder.record());
    }
    return bytes + (acknowledged == 0 ? "" : journal::encode(Type::acknowledgement, acknowledged, {}));
}

} // namespace

Journal::Journal(std::filesystem::path file, const Visitor& visit, Sync sync)
    : path_(std::move(file)), sync_(sync)
{
    common::while_doing("opening the journal", [&] { open(visit); });
}

Journal::Journal(std::filesystem::path file, const Visitor& visit)
    : Journal(std::move(file), visit, common::os::sync_data)
{
}

void Journal::open(const Visitor& visit)
{
    std::string bytes = common::os::read_file_if_there(path_, most_file_bytes).value_or("");
    Scan scan = journal::scan(bytes);
    if (scan.damaged) {
        replace_damaged(scan, bytes);
        bytes = common::os::read_file(path_, most_file_bytes);
        scan = journal::scan(bytes);
    }
    file_ = common::os::open_file(path_, Open::read | Open::write | Open::create | Open::no_link);
    size_ = scan.head_missing ? 0 : scan.sound_end;
    if (scan.torn && !common::os::truncate(file_.get(), size_))
        throw common::system_error("cutting off its torn end");
    remember(scan, visit);
    if (size_ == 0) {
        write(journal::file_head(), true);
        common::os::sync_folder(path_.parent_path());
    }
    if (!damage_.empty())
        append(notice(damage_));
}

void Journal::replace_damaged(const Scan& scan, std::string_view bytes)
{
    const std::filesystem::path aside = free_name(path_);
    std::filesystem::path fresh = path_;
    fresh += ".salvaged";
    common::os::write_file_durably(fresh, salvage(scan));
    // The old file keeps its name until the new one has it: a crash in between loses nothing.
    if (!common::os::hard_link(path_, aside))
        throw common::system_error("putting the damaged journal aside");
    if (!common::os::replace_file(fresh, path_))
        throw common::system_error("replacing the damaged journal");
    common::os::sync_folder(path_.parent_path());
    damage_ = "the journal on the target was damaged (" + common::bytes_text(bytes.size()) +
              ") and put aside as " + aside.filename().string() + "; what could be read was kept";
}

void Journal::remember(const Scan& scan, const Visitor& visit)
{
    for (const Record& record : scan.records) {
        if (record.type == Type::acknowledgement) {
            acknowledged_ = std::max(acknowledged_, record.seq);
            continue;
        }
        if (!places_.empty() && record.seq <= places_.back().seq)
            continue; // not one of ours ever wrote this
        last_seq_ = std::max(last_seq_, record.seq);
        places_.push_back({record.seq, record.offset, record.size});
        const std::optional<Event> event = event_in(record);
        if (event && visit)
            visit(*event);
    }
    last_seq_ = std::max(last_seq_, acknowledged_);
}

void Journal::fail(const std::string& why)
{
    failure_ = why;
    throw_if_failed();
    throw Error(Trouble::defect, why);
}

void Journal::throw_if_failed() const
{
    if (!failure_.empty())
        throw Error(Trouble::rejected, "the journal on the target cannot be written: " + failure_,
                    "make room on the target's disk, then run the command again: it starts a fresh agent");
}

void Journal::check_writable() const
{
    const std::lock_guard lock(mutex_);
    throw_if_failed();
}

bool Journal::is_closed() const
{
    const std::lock_guard lock(mutex_);
    return !failure_.empty();
}

void Journal::write(std::string_view bytes, bool durable)
{
    throw_if_failed();
    if (!common::os::write_at(file_.get(), bytes, size_))
        fail(common::system_error("writing").text());
    if (durable && !sync_(file_.get()))
        fail(common::system_error("syncing").text());
    size_ += bytes.size();
}

/// With mutex_ held. Throws as append().
void Journal::sync_all()
{
    throw_if_failed();
    if (!sync_(file_.get()))
        fail(common::system_error("syncing").text());
    durable_seq_ = last_seq_;
}

std::uint64_t Journal::append_held(Event& event)
{
    throw_if_failed();
    event.seq = last_seq_ + 1;
    const std::string bytes = journal::encode(Type::event, event.seq, event.record());
    const Place place{event.seq, size_, bytes.size()};
    const bool durable = event.kind != EventKind::output;
    write(bytes, durable);
    places_.push_back(place);
    last_seq_ = event.seq;
    durable_seq_ = durable ? last_seq_ : durable_seq_;
    news_.notify_all();
    return event.seq;
}

std::uint64_t Journal::append(Event event)
{
    const std::lock_guard lock(mutex_);
    return append_held(event);
}

bool Journal::append_output(Event event)
{
    const std::lock_guard lock(mutex_);
    if (!failure_.empty())
        return false;
    try {
        append_held(event);
        return true;
    } catch (const Error&) {
        // Nobody was promised this event: take back what was half written, and leave the room to those that
        // count.
        if (common::os::truncate(file_.get(), size_))
            failure_.clear();
        return false;
    }
}

Event Journal::load(const Place& place) const
{
    std::string bytes(place.size, '\0');
    const std::ptrdiff_t got = common::os::read_at(file_.get(), bytes.data(), bytes.size(), place.offset);
    if (got != static_cast<std::ptrdiff_t>(bytes.size()))
        throw Error(Trouble::rejected, "an entry of the journal on the target cannot be read");
    return Event::parse(journal::body_of(bytes));
}

std::vector<Event> Journal::read(std::uint64_t since, std::size_t most, std::size_t most_bytes)
{
    const std::lock_guard lock(mutex_);
    if (durable_seq_ < last_seq_ && failure_.empty()) {
        try {
            sync_all();
        } catch (const Error&) { // what is durable can still be told
        }
    }
    std::vector<Event> events;
    std::size_t bytes = 0;
    const auto first =
        std::upper_bound(places_.begin(), places_.end(), since,
                         [](std::uint64_t seq, const Place& place) { return seq < place.seq; });
    for (auto place = first; place != places_.end() && place->seq <= durable_seq_; ++place) {
        if (events.size() >= most)
            break;
        Event event = [&] {
            try {
                return load(*place);
            } catch (const Error& error) {
                return notice(error.text());
            }
        }();
        event.seq = place->seq;
        bytes += xml_size(event);
        if (bytes > most_bytes && !events.empty())
            break;
        events.push_back(std::move(event));
    }
    return events;
}

void Journal::acknowledge(std::uint64_t seq)
{
    const std::lock_guard lock(mutex_);
    if (seq <= acknowledged_)
        return;
    acknowledged_ = seq;
    last_seq_ = std::max(last_seq_, seq);
    if (!failure_.empty())
        return;
    try {
        write(journal::encode(Type::acknowledgement, seq, {}), false);
    } catch (const Error&) { // failure_ tells; the manager drops what it gets twice
    }
}

bool Journal::wait(std::uint64_t since, common::Deadline deadline) const
{
    std::unique_lock lock(mutex_);
    news_.wait_until(lock, deadline.at(), [&] { return awake_ || last_seq_ > since; });
    return last_seq_ > since;
}

void Journal::wait_in_turn(std::uint64_t since, common::Deadline deadline) const
{
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = ++turn_;
    news_.notify_all();
    news_.wait_until(lock, deadline.at(), [&] { return awake_ || last_seq_ > since || turn_ != mine; });
}

void Journal::stop_waiting()
{
    const std::lock_guard lock(mutex_);
    awake_ = true;
    news_.notify_all();
}

std::uint64_t Journal::last_seq() const
{
    const std::lock_guard lock(mutex_);
    return last_seq_;
}

std::uint64_t Journal::acknowledged() const
{
    const std::lock_guard lock(mutex_);
    return acknowledged_;
}

std::string Journal::problem() const
{
    const std::lock_guard lock(mutex_);
    return failure_.empty() ? damage_ : failure_;
}

std::size_t escaped_size(std::string_view text)
{
    std::size_t size = text.size();
    for (const char c : text)
        size += c == '&' ? 4 : c == '<' || c == '>' ? 3 : c == '"' ? 5 : 0;
    return size;
}

std::size_t xml_size(const Event& event)
{
    constexpr std::size_t frame = 300;     // tags of an event
    constexpr std::size_t job_frame = 900; // and of a job
    return frame + escaped_size(event.text) + (event.job ? job_frame + escaped_size(event.job->text) : 0);
}

} // namespace agent
