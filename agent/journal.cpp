#include "agent/journal.hpp"

#include "agent/failpoint.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace agent {

using common::Error;
using common::Trouble;

namespace {

constexpr std::size_t head_bytes = 8;
constexpr std::uint32_t most_record = 64 << 10;

void put(std::string& out, std::uint32_t number)
{
    for (int shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(number >> shift & 0xff);
}

std::uint32_t take(std::string_view bytes)
{
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return number;
}

std::string read_at(int file, std::uint64_t offset, std::size_t size)
{
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got =
            ::pread(file, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw common::system_error("reading the journal");
        if (got == 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

/// The event in `record` when it is number `seq`.
bool is_event(const std::string& record, std::uint64_t seq)
{
    try {
        return Event::parse(record).seq == seq;
    } catch (const Error&) {
        return false;
    }
}

} // namespace

std::uint32_t crc32(std::string_view bytes)
{
    std::uint32_t crc = 0xffffffff;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ ((crc & 1) ? 0xedb88320U : 0U);
    }
    return ~crc;
}

Journal::Journal(const std::filesystem::path& file)
    : file_(common::os::open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600))
{
    scan();
    if (::ftruncate(file_.get(), static_cast<off_t>(end_)) != 0)
        throw common::system_error("cutting the torn end of the journal");
    common::os::sync_file(file_.get(), "the journal");
    common::os::sync_folder(file.parent_path());
}

void Journal::scan()
{
    while (true) {
        const std::string head = read_at(file_.get(), end_, head_bytes);
        if (head.size() < head_bytes)
            return;
        const std::uint32_t size = take(head);
        if (size > most_record)
            return;
        const std::string record = read_at(file_.get(), end_ + head_bytes, size);
        if (record.size() < size || crc32(record) != take(std::string_view(head).substr(4)) ||
            !is_event(record, places_.size() + 1))
            return;
        places_.push_back({end_ + head_bytes, size});
        end_ += head_bytes + size;
    }
}

std::string Journal::read(Place place) const
{
    return read_at(file_.get(), place.offset, place.size);
}

void Journal::write(const std::string& record, bool durable)
{
    std::string bytes;
    put(bytes, static_cast<std::uint32_t>(record.size()));
    put(bytes, crc32(record));
    bytes += record;
    if (::lseek(file_.get(), static_cast<off_t>(end_), SEEK_SET) < 0)
        throw common::system_error("writing the journal");
    common::os::write_all(file_.get(), bytes, "the journal");
    if (durable && ::fdatasync(file_.get()) != 0)
        throw common::system_error("syncing the journal");
    places_.push_back({end_ + head_bytes, static_cast<std::uint32_t>(record.size())});
    end_ += bytes.size();
}

std::uint64_t Journal::append(Event event)
{
    const std::lock_guard lock(mutex_);
    if (!problem_.empty())
        throw Error(Trouble::rejected, "the journal is closed: " + problem_);
    event.seq = places_.size() + 1;
    event.time = common::to_milliseconds(std::chrono::system_clock::now());
    const std::string record = event.record();
    if (record.size() > most_record)
        throw Error(Trouble::defect, "an event is larger than 64 KiB");
    failpoint("before_event");
    try {
        write(record, event.kind != "output");
    } catch (const Error& error) {
        problem_ = error.text();
        throw Error(Trouble::rejected, "the journal is closed: " + problem_);
    }
    failpoint("after_event");
    changed_.notify_all();
    return event.seq;
}

std::vector<Event> Journal::events(std::uint64_t since, std::size_t most) const
{
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (std::uint64_t i = since; i < places_.size() && found.size() < most; ++i)
        found.push_back(Event::parse(read(places_[i])));
    return found;
}

bool Journal::wait(std::uint64_t since, common::Deadline deadline) const
{
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline.at(), [&] { return awake_ || places_.size() > since; });
    return places_.size() > since;
}

void Journal::wake()
{
    const std::lock_guard lock(mutex_);
    awake_ = true;
    changed_.notify_all();
}

std::uint64_t Journal::last() const
{
    const std::lock_guard lock(mutex_);
    return places_.size();
}

std::string Journal::problem() const
{
    const std::lock_guard lock(mutex_);
    return problem_;
}

} // namespace agent
