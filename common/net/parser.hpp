#pragma once

#include "common/net/core.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <limits>

namespace common::net {

namespace http = boost::beast::http;

/// Parses one message, stricter than Beast does alone: Beast takes "gzip, chunked", "identity" beside a
/// length, equal lengths given twice and folded lines, each of which has been used to smuggle a request past
/// a proxy. A refusal leaves status() other than 0: what a server answers.
template <bool is_request>
class Parser final : public http::basic_parser<is_request> {
public:
    /// Bounds on what a peer can make us keep or chew.
    static constexpr std::size_t most_fields = 100;
    static constexpr std::size_t most_extension_bytes = 1024; ///< of all chunks of a message together

    /// `header_bytes` bounds the head; the caller sees to it that no more is put in.
    explicit Parser(std::size_t header_bytes)
    {
        this->header_limit(static_cast<std::uint32_t>(header_bytes + 4));
        // Boost 1.74 takes "no limit" for "no body at all". We count for ourselves, see body_most.
        this->body_limit(std::numeric_limits<std::uint64_t>::max());
    }

    std::string method;
    std::string target;
    int version = 0;   ///< 10 or 11
    unsigned code = 0; ///< of an answer
    Headers headers;
    std::string piece;                                                   ///< body bytes of the last put()
    std::uint64_t body_most = std::numeric_limits<std::uint64_t>::max(); ///< 413 beyond

    int status() const { return status_; }
    const std::string& reason() const { return reason_; }
    std::size_t hosts() const { return hosts_; }

    /// Hands `bytes` to the parser; returns how many it took. Check status() afterwards.
    std::size_t feed(std::string_view bytes)
    {
        boost::system::error_code error;
        const std::size_t taken = this->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
        if (error && error != http::error::need_more && status_ == 0)
            refuse_with(error == http::error::body_limit ? 413 : 400, error.message());
        return taken;
    }

private:
    using Code = boost::system::error_code;
    using Text = boost::beast::string_view;

    static std::string copy(Text text) { return {text.data(), text.size()}; }

    void refuse_with(int status, std::string reason)
    {
        status_ = status;
        reason_ = std::move(reason);
    }

    /// Stops the parser. Beast does not clear the code before a callback, so each callback sets it.
    void refuse(int status, std::string reason, Code& error)
    {
        refuse_with(status, std::move(reason));
        error = make_error_code(http::error::bad_value);
    }

    void on_request_impl(http::verb, Text name, Text where, int number, Code& error) override
    {
        error = {};
        version = number;
        method = copy(name);
        target = copy(where);
    }

    void on_response_impl(int number, Text, int http_version, Code& error) override
    {
        error = {};
        version = http_version;
        code = static_cast<unsigned>(number);
    }

    void on_field_impl(http::field name, Text name_text, Text value, Code& error) override
    {
        error = {};
        if (header_done_)
            return refuse(400, "trailer fields are not taken", error);
        if (++fields_ > most_fields)
            return refuse(431, "too many header fields", error);
        if (name == http::field::content_length)
            check_length(value, error);
        else if (name == http::field::transfer_encoding)
            check_encoding(value, error);
        else if (name == http::field::host)
            ++hosts_;
        if (!error)
            headers.add(copy(name_text), copy(value));
    }

    void check_length(Text value, Code& error)
    {
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if (++lengths_ > 1 || value.empty() || !std::all_of(value.begin(), value.end(), is_digit))
            refuse(400, "Content-Length must be one number", error);
    }

    void check_encoding(Text value, Code& error)
    {
        if (++encodings_ > 1 || lengths_ > 0)
            refuse(400, "contradictory framing", error);
        else if (!boost::beast::iequals(value, "chunked"))
            refuse(501, "the only transfer encoding is chunked", error);
    }

    void on_header_impl(Code& error) override
    {
        error = {};
        header_done_ = true;
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code& error) override { error = {}; }

    std::size_t take(Text body, Code& error)
    {
        error = {};
        taken_ += body.size();
        if (taken_ > body_most)
            refuse(413, "the body is too large", error);
        else
            piece.append(body.data(), body.size());
        return body.size();
    }

    std::size_t on_body_impl(Text body, Code& error) override { return take(body, error); }

    void on_chunk_header_impl(std::uint64_t size, Text extension, Code& error) override
    {
        error = {};
        extension_bytes_ += extension.size();
        if (extension_bytes_ > most_extension_bytes)
            refuse(400, "too much chunk extension", error);
        else if (size > body_most - std::min(taken_, body_most))
            refuse(413, "the body is too large", error);
    }

    std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code& error) override
    {
        return take(body, error);
    }
    void on_finish_impl(Code& error) override { error = {}; }

    int status_ = 0;
    std::string reason_;
    bool header_done_ = false;
    std::size_t fields_ = 0;
    std::size_t lengths_ = 0;
    std::size_t encodings_ = 0;
    std::size_t hosts_ = 0;
    std::size_t extension_bytes_ = 0;
    std::uint64_t taken_ = 0;
};

using RequestParser = Parser<true>;
using ReplyParser = Parser<false>;

} // namespace common::net
