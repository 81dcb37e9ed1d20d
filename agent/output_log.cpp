#include "agent/output_log.hpp"

#include <algorithm>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace agent {

namespace {

void write_what_fits(int file, std::string_view bytes) noexcept
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace

OutputLog::OutputLog(const std::filesystem::path& log, const std::filesystem::path& ring, std::uint64_t part)
    : ring_path_(ring), part_(part),
      log_(::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)),
      ring_(::open(ring.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600))
{
}

void OutputLog::add(std::string_view bytes) noexcept
{
    const std::string_view head = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), part_ - head_));
    write_what_fits(log_.get(), head);
    head_ += head.size();
    add_tail(bytes.substr(head.size()));
}

void OutputLog::add_tail(std::string_view bytes) noexcept
{
    while (!bytes.empty()) {
        const std::uint64_t at = tail_ % part_;
        const std::string_view piece = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), part_ - at));
        if (::pwrite(ring_.get(), piece.data(), piece.size(), static_cast<off_t>(at)) < 0) {
            // Lost: the ring keeps what it had there. The installer goes on.
        }
        tail_ += piece.size();
        bytes.remove_prefix(piece.size());
    }
}

void OutputLog::copy_ring(std::uint64_t from, std::uint64_t size) noexcept
{
    char buffer[64 << 10];
    while (size > 0) {
        const ssize_t got = ::pread(ring_.get(), buffer, std::min<std::uint64_t>(size, sizeof buffer),
                                    static_cast<off_t>(from));
        if (got <= 0)
            return;
        write_what_fits(log_.get(), std::string_view(buffer, static_cast<std::size_t>(got)));
        from += static_cast<std::uint64_t>(got);
        size -= static_cast<std::uint64_t>(got);
    }
}

void OutputLog::finish() noexcept
{
    if (tail_ > part_) {
        write_what_fits(log_.get(), "\n[soapstone: " + std::to_string(tail_ - part_) +
                                        " bytes of output left out here]\n");
        const std::uint64_t at = tail_ % part_;
        copy_ring(at, part_ - at);
        copy_ring(0, at);
    } else {
        copy_ring(0, tail_);
    }
    ::fsync(log_.get());
    ::unlink(ring_path_.c_str());
}

} // namespace agent
