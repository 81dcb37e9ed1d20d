#include "agent/output_tail.hpp"

#include "common/os/descriptor.hpp"
#include "common/text.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr std::size_t most_piece = 16 << 10;
constexpr std::uint64_t most_bytes = 1 << 20;

} // namespace

std::uint64_t OutputTail::size() const
{
    std::error_code problem;
    const std::uint64_t size = std::filesystem::file_size(log_, problem);
    return problem ? 0 : size;
}

std::optional<OutputTail::Piece> OutputTail::count_only()
{
    const std::uint64_t now = size();
    if (now <= offset_)
        return std::nullopt;
    Piece piece{"", now - offset_};
    offset_ = now;
    return piece;
}

std::optional<OutputTail::Piece> OutputTail::next(bool all)
{
    if (offset_ >= most_bytes)
        return all ? count_only() : std::nullopt;
    const common::os::Descriptor file(::open(log_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    std::string text(most_piece, '\0');
    const ssize_t got = file ? ::pread(file.get(), text.data(), text.size(), static_cast<off_t>(offset_)) : 0;
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    const std::size_t line_end = text.rfind('\n');
    if (line_end != std::string::npos)
        text.resize(line_end + 1);
    else if (!all && text.size() < most_piece)
        return std::nullopt;
    if (text.empty())
        return std::nullopt;
    offset_ += text.size();
    return Piece{common::xml_safe(text), 0};
}

} // namespace agent
