#include "common/net/head_scan.hpp"

namespace common::net {

bool HeadScan::step(char c)
{
    const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    switch (state_) {
    case State::start: // of a method or of "HTTP/1.1"
        state_ = State::text;
        return c >= 'A' && c <= 'Z';
    case State::text:
        state_ = c == '\r' ? State::return_seen : State::text;
        return c == '\r' || !control;
    case State::return_seen:
        state_ = State::line_start;
        return c == '\n';
    case State::line_start: // a space here would fold the line into the one before (RFC 9112, section 5.2)
        state_ = c == '\r' ? State::last_return : State::text;
        return c == '\r' || (!control && c != ' ' && c != '\t');
    case State::last_return:
        complete_ = true;
        return c == '\n';
    }
    return false;
}

HeadScan::Verdict HeadScan::scan(std::string_view all)
{
    while (at_ < all.size() && !complete_)
        if (!step(all[at_++]))
            return Verdict::bad;
    return complete_ ? Verdict::complete : Verdict::more;
}

} // namespace common::net
