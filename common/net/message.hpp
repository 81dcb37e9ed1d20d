#pragma once

#include "common/net/parser.hpp"
#include "common/net/stream.hpp"
#include "common/wiping_allocator.hpp"

#include <boost/beast/core/flat_buffer.hpp>

namespace common::net {

/// What came from a peer and was not parsed yet; there may be tokens and passwords in it.
using Buffer = boost::beast::basic_flat_buffer<WipingAllocator<char>>;

std::string_view view(const Buffer& buffer);

/// A message that breaks the rules: a server answers `reply` and hangs up, a client calls it `rejected`.
struct Refused {
    explicit Refused(Reply answer) : reply(std::move(answer)) {}
    Refused(int status, const std::string& reason) : reply(status, reason + "\n") {}

    Reply reply;
};

/// Reads and parses a head of at most `most` bytes into `parser`. False when the peer closed before its first
/// byte. Throws Refused, or Error as Stream does.
template <bool is_request>
asio::awaitable<bool> read_head(Stream& stream, Buffer& buffer, Parser<is_request>& parser, std::size_t most);

/// Reads the next piece of the body into `parser.piece`, which is empty at the body's end. Throws Refused, or
/// Error as Stream does.
template <bool is_request>
asio::awaitable<void> read_piece(Stream& stream, Buffer& buffer, Parser<is_request>& parser);

/// The whole rest of the body; `parser.body_most` bounds it.
template <bool is_request>
asio::awaitable<std::string> read_body(Stream& stream, Buffer& buffer, Parser<is_request>& parser);

/// "HTTP/1.1 200 OK" and the fields of an answer that carries `size` bytes, up to the empty line.
std::string head_of(const Reply& reply, std::uint64_t size, bool keep);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(SystemTime time);

/// True for the statuses that never have a body.
bool is_bodyless(int status);

} // namespace common::net
