#include "manager/serve/view/log_page.hpp"

#include "common/error.hpp"
#include "common/os/file_calls.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <functional>

namespace manager::serve::view {

namespace {

constexpr std::size_t longest_line = 16 << 10; ///< bytes shown of one
constexpr std::size_t step = 1 << 20;          ///< bytes read at once

/// Up to `size` bytes at `offset`; less at the end only.
using Read = std::function<std::string(std::uint64_t offset, std::size_t size)>;

std::uint64_t lines_before(const Read& read, std::uint64_t end)
{
    std::uint64_t lines = 0;
    for (std::uint64_t at = 0; at < end;) {
        const std::string piece = read(at, std::min<std::uint64_t>(step, end - at));
        if (piece.empty())
            break;
        lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
        at += piece.size();
    }
    return lines;
}

std::string cut(std::string_view line)
{
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.size() <= longest_line)
        return std::string(line);
    std::string text(line.substr(0, longest_line)); // g++ 12 sees a false overflow in sums that begin with it
    text.append(" ... (").append(common::bytes_text(line.size() - longest_line));
    return text.append(" more in this line)");
}

/// The lines that begin before `end` within `text`.
std::vector<std::string> lines_in(std::string_view text, std::size_t end)
{
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < std::min(end, text.size());) {
        const std::size_t stop = std::min(text.find('\n', at), text.size());
        lines.push_back(cut(text.substr(at, stop - at)));
        at = stop + 1;
    }
    return lines;
}

LogPage page_of(const Read& read, std::uint64_t size, std::uint64_t wanted)
{
    LogPage page;
    page.pages = std::max<std::uint64_t>((size + log_page_size - 1) / log_page_size, 1);
    page.page = std::min(wanted, page.pages - 1);
    const std::uint64_t begin = page.page * log_page_size;
    std::string text = read(begin, log_page_size + longest_line);
    std::size_t skipped = 0; // the end of a line that began on the page before
    if (begin > 0 && read(begin - 1, 1) != "\n")
        skipped = std::min(text.find('\n'), text.size() - 1) + 1;
    page.first_line = lines_before(read, begin + skipped) + 1;
    page.lines = lines_in(std::string_view(text).substr(skipped),
                          log_page_size - std::min<std::uint64_t>(skipped, log_page_size));
    return page;
}

} // namespace

LogPage read_log_page(int file, std::uint64_t page)
{
    const std::optional<std::uint64_t> size = common::os::file_size(file);
    if (!size)
        throw common::system_error("looking at a log");
    const Read read = [file](std::uint64_t offset, std::size_t most) {
        std::string text(most, '\0');
        std::size_t got = 0;
        while (got < most) {
            const std::ptrdiff_t more =
                common::os::read_at(file, text.data() + got, most - got, offset + got);
            if (more < 0)
                throw common::system_error("reading a log");
            if (more == 0)
                break;
            got += static_cast<std::size_t>(more);
        }
        text.resize(got);
        return text;
    };
    return page_of(read, *size, page);
}

LogPage log_page_of(const std::string& text, std::uint64_t page)
{
    const Read read = [&text](std::uint64_t offset, std::size_t most) {
        return offset < text.size() ? text.substr(offset, most) : std::string();
    };
    return page_of(read, text.size(), page);
}

} // namespace manager::serve::view
