#include "manager/link/log_check.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace manager::link {

using common::os::Open;
using common::tls::ChainHead;
using common::tls::LineChain;

namespace {

/// A log as it was read: all of it, and as far as the agent said that it goes.
struct Reading {
    LineChain chain;
    std::optional<ChainHead> at_wish;
};

void take(Reading& reading, std::string_view bytes, std::uint64_t wished_lines)
{
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::size_t size = end == std::string_view::npos ? bytes.size() : end + 1;
        reading.chain.take(bytes.substr(0, size));
        if (!reading.at_wish && reading.chain.head().lines == wished_lines)
            reading.at_wish = reading.chain.head();
        bytes.remove_prefix(size);
    }
}

Reading read(const std::filesystem::path& file, std::uint64_t wished_lines)
{
    const common::os::Descriptor log = common::os::open_file(file, Open::read);
    Reading reading;
    std::string buffer(64 << 10, '\0');
    for (;;) {
        const ssize_t got = ::read(log.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw common::system_error("reading " + file.string());
        if (got == 0)
            return reading;
        take(reading, std::string_view(buffer).substr(0, static_cast<std::size_t>(got)), wished_lines);
    }
}

std::string changed_at(std::uint64_t line)
{
    return line <= 1 ? "was changed from its first line on"
                     : "was changed after line " + std::to_string(line - 1);
}

/// What is wrong with the lines among themselves.
std::string problem_inside(const LineChain& chain, std::optional<std::uint64_t> found_by_agent)
{
    std::optional<std::uint64_t> broken = chain.broken();
    if (found_by_agent)
        broken = std::min(broken.value_or(*found_by_agent), *found_by_agent);
    if (chain.head().lines > 0 && chain.first().empty())
        return "carries no chain of lines";
    return broken ? changed_at(*broken) : "";
}

std::string problem_with_wish(const Reading& reading, const LogWish& wish)
{
    const ChainHead& wished = wish.head.chain;
    const std::uint64_t lines = reading.chain.head().lines;
    if (wished.lines == 0)
        return "";
    if (lines < wished.lines)
        return "ends after line " + std::to_string(lines) + " of " + std::to_string(wished.lines);
    if (reading.chain.first() != wish.header)
        return "belongs to another run or target";
    if (reading.at_wish != wished)
        return "is not the one that its agent wrote: its chain differs at line " +
               std::to_string(wished.lines);
    return "";
}

} // namespace

LogCheck check_log(const std::filesystem::path& file, const std::optional<LogWish>& wish)
{
    if (!std::filesystem::exists(file)) // an agent on a full disk may never have had one
        return {{}, 0, wish && wish->head.chain.lines == 0 ? "" : "is gone"};
    try {
        const Reading reading = read(file, wish ? wish->head.chain.lines : 0);
        LogCheck check{reading.chain.head(), reading.chain.torn(), ""};
        check.torn += reading.chain.ends_torn() ? 1 : 0;
        check.problem =
            problem_inside(reading.chain, wish ? wish->head.broken_at : std::optional<std::uint64_t>());
        if (check.problem.empty() && wish)
            check.problem = problem_with_wish(reading, *wish);
        return check;
    } catch (const common::Error& error) {
        return {{}, 0, "cannot be checked: " + error.text()};
    }
}

} // namespace manager::link
