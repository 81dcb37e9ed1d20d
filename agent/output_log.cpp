#include "agent/output_log.hpp"

#include "common/os/file_calls.hpp"

#include <algorithm>

namespace agent {

using common::os::Open;

OutputLog::OutputLog(const std::filesystem::path& log, std::filesystem::path ring, std::uint64_t head_most,
                     std::uint64_t tail_most) noexcept
    : log_(common::os::try_open(log, Open::append | Open::create | Open::no_link)),
      ring_path_(std::move(ring)), head_most_(head_most), tail_most_(tail_most)
{
    if (log_)
        bytes_ = common::os::file_size(log_.get()).value_or(0);
    head_size_ = std::min(bytes_, head_most_);
}

bool OutputLog::append(std::string_view bytes) noexcept
{
    while (!bytes.empty()) {
        const std::ptrdiff_t put = log_ ? common::os::write_some(log_.get(), bytes) : -1;
        if (put <= 0)
            break;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    dropped_ += bytes.size();
    unmarked_ += bytes.size();
    return bytes.empty();
}

bool OutputLog::write_mark(std::uint64_t left_out) noexcept
{
    const std::string mark = "\n[soapstone: " + std::to_string(left_out) + " bytes left out]\n";
    return log_ && common::os::write_some(log_.get(), mark) == static_cast<std::ptrdiff_t>(mark.size());
}

void OutputLog::add(std::string_view bytes) noexcept
{
    bytes_ += bytes.size();
    const std::size_t to_head = std::min<std::uint64_t>(bytes.size(), head_most_ - head_size_);
    add_to_head(bytes.substr(0, to_head));
    add_to_ring(bytes.substr(to_head));
}

void OutputLog::tell_gap() noexcept
{
    add("\n[soapstone: whoever kept this log was killed; a part may be missing here]\n");
}

void OutputLog::add_to_head(std::string_view bytes) noexcept
{
    if (bytes.empty())
        return;
    head_size_ += bytes.size();
    if (unmarked_ != 0 && write_mark(unmarked_)) // there is room again
        unmarked_ = 0;
    if (unmarked_ == 0) {
        append(bytes);
    } else {
        dropped_ += bytes.size();
        unmarked_ += bytes.size();
    }
}

void OutputLog::add_to_ring(std::string_view bytes) noexcept
{
    if (!bytes.empty() && !ring_)
        ring_ = common::os::try_open(ring_path_,
                                     Open::read | Open::write | Open::create | Open::empty | Open::no_link);
    while (!bytes.empty()) {
        const std::uint64_t at = ring_bytes_ % tail_most_;
        const std::size_t part = std::min<std::uint64_t>(bytes.size(), tail_most_ - at);
        // A failed write leaves zeros or old bytes in the ring; better some wrong lines than a blocked
        // installer.
        static_cast<void>(ring_ && common::os::write_at(ring_.get(), bytes.substr(0, part), at));
        ring_bytes_ += part;
        bytes.remove_prefix(part);
    }
}

void OutputLog::copy_ring(std::uint64_t from, std::uint64_t size) noexcept
{
    char buffer[64 << 10];
    while (size > 0) {
        const std::size_t part = std::min<std::uint64_t>(size, sizeof buffer);
        const std::ptrdiff_t got = ring_ ? common::os::read_at(ring_.get(), buffer, part, from) : -1;
        if (got <= 0 || !append(std::string_view(buffer, static_cast<std::size_t>(got)))) {
            dropped_ += size - static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(got, 0));
            return;
        }
        from += static_cast<std::uint64_t>(got);
        size -= static_cast<std::uint64_t>(got);
    }
}

void OutputLog::finish() noexcept
{
    if (ring_bytes_ > 0) {
        const std::uint64_t kept = std::min(ring_bytes_, tail_most_);
        const std::uint64_t lost = ring_bytes_ - kept;
        dropped_ += lost;
        unmarked_ += lost;
        if (unmarked_ != 0)
            write_mark(unmarked_);
        unmarked_ = 0;
        const std::uint64_t start = ring_bytes_ > tail_most_ ? ring_bytes_ % tail_most_ : 0;
        const std::uint64_t first = std::min(kept, tail_most_ - start);
        copy_ring(start, first);
        copy_ring(0, kept - first);
        ring_.close();
        common::os::remove_file(ring_path_);
    }
    if (unmarked_ != 0)
        write_mark(unmarked_);
    if (log_)
        common::os::sync_data(log_.get());
}

} // namespace agent
