#include "common/net/message.hpp"

#include "common/net/head_scan.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <cstdio>

namespace common::net {

namespace {

constexpr std::size_t head_step = 4 << 10;    // bytes read at once: most heads are smaller
constexpr std::size_t body_step = 128 << 10;  // bytes; measured as fast as larger ones
constexpr std::size_t most_framing = 4 << 10; // bytes of one chunk's header; nobody sends that much

/// Reads what is there into `buffer`, at most `most` bytes. 0 at the end of the stream.
asio::awaitable<std::size_t> fill(Stream& stream, Buffer& buffer, std::size_t most)
{
    const auto space = buffer.prepare(most);
    const std::size_t got = co_await stream.read(static_cast<char*>(space.data()), space.size());
    buffer.commit(got);
    co_return got;
}

template <bool is_request>
void parse_head(Buffer& buffer, Parser<is_request>& parser, std::size_t size)
{
    parser.eager(false); // stops behind the head, so that the body waits until somebody wants it
    const std::size_t taken = parser.feed(view(buffer).substr(0, size));
    if (parser.status() != 0)
        throw Refused(parser.status(), parser.reason());
    if (taken != size || !parser.is_header_done())
        throw Refused(400, "malformed head");
    buffer.consume(taken);
    parser.eager(true);
}

} // namespace

std::string_view view(const Buffer& buffer)
{
    const auto bytes = buffer.data();
    return {static_cast<const char*>(bytes.data()), bytes.size()};
}

template <bool is_request>
asio::awaitable<bool> read_head(Stream& stream, Buffer& buffer, Parser<is_request>& parser, std::size_t most)
{
    HeadScan scan;
    for (;;) {
        const std::string_view seen = view(buffer).substr(0, most);
        const HeadScan::Verdict verdict = scan.scan(seen);
        if (verdict == HeadScan::Verdict::bad)
            throw Refused(400, "malformed head");
        if (verdict == HeadScan::Verdict::complete)
            break;
        if (seen.size() == most)
            throw Refused(431, "the head is too large");
        const std::size_t step = std::min(head_step, most - seen.size());
        const std::size_t got = co_await fill(stream, buffer, step);
        if (got == 0 && buffer.size() == 0)
            co_return false;
        if (got == 0)
            throw Error(Trouble::unreachable, "the connection ended within a message");
    }
    parse_head(buffer, parser, scan.size());
    co_return true;
}

template <bool is_request>
asio::awaitable<void> read_piece(Stream& stream, Buffer& buffer, Parser<is_request>& parser)
{
    parser.piece.clear();
    while (!parser.is_done() && parser.piece.empty()) {
        if (buffer.size() > 0) {
            buffer.consume(parser.feed(view(buffer)));
            if (parser.status() != 0)
                throw Refused(parser.status(), parser.reason());
            if (!parser.piece.empty() || parser.is_done())
                break;
        }
        if (buffer.size() > most_framing)
            throw Refused(400, "a chunk's header is too large");
        const std::size_t got = co_await fill(stream, buffer, body_step);
        if (got == 0)
            throw Error(Trouble::unreachable, "the connection ended within a message");
    }
}

template <bool is_request>
asio::awaitable<std::string> read_body(Stream& stream, Buffer& buffer, Parser<is_request>& parser)
{
    std::string body;
    for (;;) {
        co_await read_piece(stream, buffer, parser);
        if (parser.piece.empty())
            break;
        if (body.empty())
            body = std::move(parser.piece);
        else
            body += parser.piece;
    }
    co_return body;
}

template asio::awaitable<bool> read_head(Stream&, Buffer&, RequestParser&, std::size_t);
template asio::awaitable<bool> read_head(Stream&, Buffer&, ReplyParser&, std::size_t);
template asio::awaitable<void> read_piece(Stream&, Buffer&, RequestParser&);
template asio::awaitable<void> read_piece(Stream&, Buffer&, ReplyParser&);
template asio::awaitable<std::string> read_body(Stream&, Buffer&, RequestParser&);
template asio::awaitable<std::string> read_body(Stream&, Buffer&, ReplyParser&);

std::string http_date(SystemTime time)
{
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    char text[64]; // strftime() would speak the language of the locale
    std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text;
}

bool is_bodyless(int status)
{
    return status / 100 == 1 || status == 204 || status == 304;
}

std::string head_of(const Reply& reply, std::uint64_t size, bool keep)
{
    const auto name = http::obsolete_reason(static_cast<http::status>(reply.status));
    std::string head =
        "HTTP/1.1 " + std::to_string(reply.status) + " " + std::string(name.data(), name.size());
    head += "\r\nDate: " + http_date(std::chrono::system_clock::now());
    if (!is_bodyless(reply.status)) {
        head += "\r\nContent-Length: " + std::to_string(size);
        if (!reply.type.empty())
            head += "\r\nContent-Type: " + reply.type;
    }
    for (const auto& [field, value] : reply.headers.all())
        head += "\r\n" + field + ": " + value;
    head += keep ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
    return head;
}

} // namespace common::net
