#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common::tls {

/// How far a chained log goes.
struct ChainHead {
    std::uint64_t lines = 0; ///< all of them, torn ones too
    std::string value;       ///< that the last chained line carries, 32 hexadecimal digits; empty: none yet

    bool operator==(const ChainHead&) const = default;
};

/// What the lines of a log hang together by, so that a change of what was written is found (the rule is in
/// docs/protocol.md). There is no key in it: it proves something to whoever got a head from the writer.
///
/// Takes a log from its start, in pieces of any size, and says what the next line looks like. A line that a
/// crash tore stays; the next writer marks it. One thread at a time.
class LineChain {
public:
    /// The text of a log's first line, which all others thereby hang on.
    static std::string header(std::string_view run, std::string_view target);

    /// What stands next in the log.
    void take(std::string_view bytes);

    /// The bytes that append a line of `text` (no newline in it): the line and its value, and before it what
    /// makes good for an end that was torn. The chain itself only goes on once it takes them.
    std::string next(std::string_view text) const;

    ChainHead head() const { return {lines_, value_}; } ///< after the last whole line
    const std::string& first() const { return first_; } ///< text of the first chained line; empty: none yet

    /// The first line that is not what was written there; nothing when all fit.
    std::optional<std::uint64_t> broken() const;
    std::uint64_t torn() const { return torn_; }         ///< lines that are marked as torn
    bool ends_torn() const { return !partial_.empty(); } ///< bytes without a newline come last

private:
    void take_line(std::string_view line);
    void accept(std::string_view text, std::string_view value);
    void break_at(std::uint64_t line, std::string_view value);
    std::string value_of(std::string_view text) const;
    std::string chained(std::string_view text) const;

    std::uint64_t lines_ = 0;
    std::string value_;
    std::string first_;
    std::string partial_;           ///< behind the last newline
    std::string loose_;             ///< whole lines since the last chained one: torn, unless no mark follows
    std::uint64_t loose_lines_ = 0; ///< in loose_
    std::uint64_t torn_ = 0;
    std::optional<std::uint64_t> broken_;
};

} // namespace common::tls
