#include "common/tls/line_chain.hpp"

#include "common/text.hpp"
#include "common/tls/hash.hpp"

#include <utility>

namespace common::tls {

namespace {

constexpr std::size_t digits = 32; ///< of a value: 128 bits
constexpr std::string_view torn_mark = "the line before is torn";

// More than a writer ever leaves. What goes beyond is somebody's forgery and must not cost memory or time.
constexpr std::size_t longest_line = 64 << 10;
constexpr std::uint64_t most_loose_lines = 8;

/// Text and value of a line; both empty when it carries none.
struct Parts {
    std::string_view text;
    std::string_view value;
};

Parts parts_of(std::string_view line)
{
    if (line.size() < digits + 1 || line[line.size() - digits - 1] != ' ' ||
        !is_hex(line.substr(line.size() - digits), digits))
        return {};
    return {line.substr(0, line.size() - digits - 1), line.substr(line.size() - digits)};
}

/// True for a mark that was torn itself.
bool begins_mark(std::string_view line)
{
    return torn_mark.starts_with(line) ||
           (line.starts_with(torn_mark) && line.size() <= torn_mark.size() + 1 + digits);
}

} // namespace

std::string LineChain::header(std::string_view run, std::string_view target)
{
    return "soapstone-log 1 run=" + std::string(run) + " target=" + std::string(target);
}

std::string LineChain::value_of(std::string_view text) const
{
    Sha256 hash;
    for (const std::string_view part : {std::string_view(value_), std::string_view(loose_), text})
        hash.add(part);
    return hash.hex().substr(0, digits);
}

std::string LineChain::chained(std::string_view text) const
{
    return std::string(text) + ' ' + value_of(text) + '\n';
}

std::string LineChain::next(std::string_view text) const
{
    if (partial_.empty())
        return chained(text);
    LineChain after = *this;
    std::string bytes = "\n";
    after.take(bytes);
    if (after.loose_lines_ > 0) { // else nothing but the newline was missing
        const std::string mark = after.chained(torn_mark);
        after.take(mark);
        bytes += mark;
    }
    return bytes + after.chained(text);
}

void LineChain::take(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        partial_ += bytes.substr(0, end);
        if (end != std::string_view::npos) {
            const std::string line = std::exchange(partial_, {});
            take_line(line);
        } else if (partial_.size() > longest_line) {
            break_at(lines_ + 1, {});
            partial_.clear();
        }
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
}

void LineChain::take_line(std::string_view line)
{
    ++lines_;
    const auto [text, value] = parts_of(line);
    if (!value.empty() && value == value_of(text))
        accept(text, value);
    else if (loose_lines_ == 0 || (loose_lines_ < most_loose_lines && begins_mark(line))) {
        loose_ += line;
        loose_ += '\n';
        ++loose_lines_;
    } else {
        break_at(lines_ - loose_lines_, value);
    }
}

void LineChain::accept(std::string_view text, std::string_view value)
{
    const bool mark = text == torn_mark;
    if (loose_lines_ > 0 && !mark)
        break_at(lines_ - loose_lines_, {});
    torn_ += mark ? loose_lines_ : 0;
    if (first_.empty() && !mark)
        first_ = text;
    loose_.clear();
    loose_lines_ = 0;
    value_ = value;
}

/// From here on it is only counted, and each value believed: one break is enough.
void LineChain::break_at(std::uint64_t line, std::string_view value)
{
    broken_ = broken_.value_or(line);
    loose_.clear();
    loose_lines_ = 0;
    if (!value.empty())
        value_ = value;
}

std::optional<std::uint64_t> LineChain::broken() const
{
    const bool mark_to_come = !partial_.empty() && begins_mark(partial_);
    if (broken_ || loose_lines_ == 0 || mark_to_come)
        return broken_;
    return lines_ - loose_lines_ + 1;
}

} // namespace common::tls
