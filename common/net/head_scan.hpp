#pragma once

#include <cstddef>
#include <string_view>

namespace common::net {

/// Looks for the end of a message's head while it arrives, and refuses at once what no honest peer sends
/// there: a line end that is not CR LF, control characters, folded lines, an empty first line. The grammar
/// itself is checked when the head is complete.
class HeadScan {
public:
    enum class Verdict { more, complete, bad };

    /// `all` is everything that came so far, at least what the last call had.
    Verdict scan(std::string_view all);

    /// Length of the head with its empty line, once it is complete.
    std::size_t size() const { return at_; }

private:
    enum class State { start, text, return_seen, line_start, last_return };

    bool step(char c); ///< false when `c` must not stand here

    std::size_t at_ = 0;
    State state_ = State::start;
    bool complete_ = false;
};

} // namespace common::net
