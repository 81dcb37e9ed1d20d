#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace manager::serve::view {

/// Bytes of a log on one page, but for the rest of its last line.
inline constexpr std::uint64_t log_page_size = 256 << 10;

/// A part of a log, whatever its size: pages are cut by bytes, at the ends of lines.
struct LogPage {
    std::uint64_t first_line = 1;   ///< number of the first line
    std::vector<std::string> lines; ///< as they are in the file, without their ends; very long ones are cut
    std::uint64_t page = 0;
    std::uint64_t pages = 1;
};

/// Reads page `page` (the last one, when there are not as many) of what is open as `file`. Throws Error.
LogPage read_log_page(int file, std::uint64_t page);

/// The same of a text.
LogPage log_page_of(const std::string& text, std::uint64_t page);

} // namespace manager::serve::view
