#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common::net {

/// What a Range field asks of a file.
struct Part {
    enum class Kind {
        whole, ///< no range, or one that we do not serve (several at once, other units): all of the file
        part,  ///< `size` bytes from `first`
        nothing_there, ///< 416
    };

    Kind kind;
    std::uint64_t first;
    std::uint64_t size;
};

/// `range` is the field's value, "bytes=10-19", "bytes=10-" or "bytes=-10".
Part part_of(const std::optional<std::string>& range, std::uint64_t file_size);

/// A Content-Range field: "bytes 10-19/100", "bytes 10-19/*", "bytes */100".
struct ContentRange {
    bool has_bytes;      ///< false for the form that only tells the total
    std::uint64_t first; ///< of the bytes in this message
    std::uint64_t last;
    std::optional<std::uint64_t> total;
};

/// Nothing when `text` is none of the three forms or contradicts itself.
std::optional<ContentRange> content_range_of(std::string_view text);

} // namespace common::net
