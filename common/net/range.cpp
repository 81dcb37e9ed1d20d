#include "common/net/range.hpp"

#include "common/text.hpp"

#include <algorithm>

namespace common::net {

Part part_of(const std::optional<std::string>& range, std::uint64_t file_size)
{
    const Part whole{Part::Kind::whole, 0, file_size};
    constexpr std::string_view unit = "bytes=";
    if (!range || !range->starts_with(unit))
        return whole;
    const std::string_view text = std::string_view(*range).substr(unit.size());
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos)
        return whole;
    const std::string_view from = text.substr(0, dash);
    const std::string_view to = text.substr(dash + 1);
    const std::optional<std::uint64_t> first = to_number(from);
    const std::optional<std::uint64_t> last = to_number(to);
    if ((!first && !from.empty()) || (!last && !to.empty()) || (!first && !last) ||
        (first && last && *last < *first))
        return whole; // malformed: RFC 9110, section 14.2, wants it ignored
    if (!first) {
        const std::uint64_t size = std::min(*last, file_size);
        return {size == 0 ? Part::Kind::nothing_there : Part::Kind::part, file_size - size, size};
    }
    if (*first >= file_size)
        return {Part::Kind::nothing_there, 0, 0};
    const std::uint64_t end = last ? std::min(*last, file_size - 1) : file_size - 1;
    return {Part::Kind::part, *first, end - *first + 1};
}

std::optional<ContentRange> content_range_of(std::string_view text)
{
    constexpr std::string_view unit = "bytes ";
    const std::size_t slash = text.find('/');
    if (!text.starts_with(unit) || slash == std::string_view::npos)
        return std::nullopt;
    const std::string_view span = text.substr(unit.size(), slash - unit.size());
    const std::string_view total_text = text.substr(slash + 1);
    const std::optional<std::uint64_t> total = to_number(total_text);
    if (!total && total_text != "*")
        return std::nullopt;
    if (span == "*")
        return total ? std::optional(ContentRange{false, 0, 0, total}) : std::nullopt;
    const std::size_t dash = span.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const std::optional<std::uint64_t> first = to_number(span.substr(0, dash));
    const std::optional<std::uint64_t> last = to_number(span.substr(dash + 1));
    if (!first || !last || *last < *first || *last == UINT64_MAX || (total && *last >= *total))
        return std::nullopt;
    return ContentRange{true, *first, *last, total};
}

} // namespace common::net
