#include "common/net/connection.hpp"

#include <boost/asio/steady_timer.hpp>

namespace common::net {

namespace {

auto in(std::chrono::nanoseconds time)
{
    return Watch::Clock::now() + time;
}

bool has_body(const RequestParser& parser)
{
    return parser.chunked() || parser.content_length().value_or(0) > 0;
}

/// Throws Refused unless `path` is one and, where nobody is lenient, means what it says: no escapes, no way
/// up, no foreign separators.
void check_path(std::string_view path, bool lenient)
{
    const bool odd =
        path.find_first_of("%\\") != std::string_view::npos || path.find("..") != std::string_view::npos;
    if (!path.starts_with('/') || (odd && !lenient))
        throw Refused(400, "the path is not acceptable");
}

/// Splits "/path?query", and where somebody is lenient also "https://host/path?query".
void take_target(Request& request, std::string_view target, bool lenient)
{
    const bool whole = lenient && target.starts_with("http");
    const std::size_t scheme_end = whole ? target.find("://") : std::string_view::npos;
    if (scheme_end != std::string_view::npos) { // names the host for itself (RFC 9112, section 3.2.2)
        target.remove_prefix(scheme_end + 3);
        const std::size_t host_end = std::min(target.find_first_of("/?"), target.size());
        request.host = target.substr(0, host_end);
        target.remove_prefix(host_end);
    }
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos)
        request.query = target.substr(question + 1);
    if (request.path.empty() && scheme_end != std::string_view::npos)
        request.path = "/";
}

void check_framing(const RequestParser& parser, bool lenient)
{
    const bool may_lack_host = lenient && parser.version < 11 && parser.hosts() == 0;
    if (parser.hosts() != 1 && !may_lack_host)
        throw Refused(400, "exactly one Host field is needed");
    if (parser.version < 11 && parser.chunked())
        throw Refused(400, "HTTP/1.0 knows no chunks");
    const bool reading = parser.method == "GET" || parser.method == "HEAD";
    if (reading && has_body(parser))
        throw Refused(400, "GET and HEAD have no body");
}

} // namespace

Connection::Connection(std::shared_ptr<Service> service, Tcp::socket socket, std::unique_ptr<Place> place)
    : service_(std::move(service)), place_(std::move(place)),
      stream_(service_->loop.watch, std::move(socket), service_->context.get()),
      local_address_(stream_.local_address()), presence_(service_->guests, stream_)
{
}

asio::awaitable<void> Connection::run()
{
    const bool welcome = co_await greet();
    if (!welcome)
        co_return;
    while (keep_) {
        if (buffer_.size() == 0)
            co_await rest();
        if (service_->guests.closing())
            break;
        keep_ = co_await serve_one();
    }
    stream_.say_goodbye();
}

asio::awaitable<void> Connection::shake_hands()
{
    if (service_->manners.plain) {
        const bool tls = co_await stream_.sniff();
        plain_ = !tls;
    }
    if (!plain_)
        peer_pin_ = co_await stream_.handshake(true);
}

asio::awaitable<bool> Connection::greet()
{
    bool welcome = false;
    stream_.until(in(service_->limits.handshake));
    try {
        co_await shake_hands();
        welcome = true;
    } catch (const Error& error) { // the client was told why by TLS
        if (service_->refused && error.trouble() == Trouble::denied)
            service_->refused(place_->address(), error.text());
    }
    if (!welcome)
        co_await stream_.linger(); // so that it can read that
    co_return welcome;
}

asio::awaitable<void> Connection::rest()
{
    buffer_ = Buffer(); // a resting connection keeps no memory that it does not need
    stream_.until(in(service_->limits.idle));
    const bool may_stay = presence_.rest();
    if (may_stay)
        co_await stream_.readable();
    presence_.wake();
}

asio::awaitable<bool> Connection::serve_one()
{
    RequestParser parser(service_->limits.header_bytes);
    std::optional<Reply> refusal;
    bool again = false;
    try {
        again = co_await answer_one(parser);
    } catch (const Refused& refused) {
        refusal = refused.reply;
    }
    if (!refusal)
        co_return again;
    keep_ = false;
    co_await send(*refusal, parser.method != "HEAD");
    co_await stream_.linger();
    co_return false;
}

Request Connection::request_of(const RequestParser& parser) const
{
    const bool lenient = service_->manners.lenient;
    check_framing(parser, lenient);
    if (parser.target.size() > service_->limits.target_bytes)
        throw Refused(414, "the target is too long");
    Request request;
    request.method = parser.method;
    request.host = parser.headers.find("Host").value_or("");
    take_target(request, parser.target, lenient);
    check_path(request.path, lenient);
    request.headers = parser.headers;
    request.plain = plain_;
    request.peer_address = place_->address();
    request.peer_pin = peer_pin_;
    request.local_address = local_address_;
    if (const auto length = parser.content_length())
        request.body_size = *length;
    return request;
}

Refused Connection::no_route(const Request& request) const
{
    const std::string methods = router().methods_of(request.path);
    if (methods.empty())
        return plain_ ? Refused(403, "not by plain HTTP: use https://") : Refused(404, "not found");
    Refused refused(405, "method not allowed");
    refused.reply.headers.set("Allow", methods);
    return refused;
}

asio::awaitable<bool> Connection::answer_one(RequestParser& parser)
{
    stream_.until(in(service_->limits.header));
    const bool came = co_await read_head(stream_, buffer_, parser, service_->limits.header_bytes);
    if (!came)
        co_return false;
    Request request = request_of(parser);
    keep_ = parser.keep_alive() && parser.version >= 11;
    const Router::Route* route = router().find(request.method, request.path);
    if (route == nullptr) {
        const Refused refused = no_route(request);
        if (has_body(parser))
            throw refused;
        co_await send(refused.reply, request.method != "HEAD");
        co_return keep_;
    }
    if (route->kind == Router::Route::Kind::call)
        co_await serve_call(*route, request, parser);
    else if (route->kind == Router::Route::Kind::get)
        co_await serve_get(*route, request);
    else
        co_await serve_put(*route, request, parser);
    co_return keep_;
}

template <typename Result>
asio::awaitable<Result> Connection::invoke(bool brief, const std::function<Result()>& handler)
{
    std::optional<Result> result;
    const std::function<void()> work = [&result, &handler] {
        try {
            result.emplace(handler());
        } catch (const Refused& refused) {
            result.emplace(refused.reply);
        } catch (...) {
            result.emplace(Reply(500, "internal error\n")); // details belong into our log, not to a stranger
        }
    };
    stream_.for_ever();
    if (!brief || !service_->loop.run_here(work))
        co_await on_worker(service_->loop.workers, work);
    co_return std::move(*result);
}

asio::awaitable<void> Connection::invite_body(const Request& request)
{
    const std::optional<std::string> expected = request.headers.find("Expect");
    if (!expected)
        co_return;
    if (!boost::beast::iequals(*expected, "100-continue"))
        throw Refused(417, "the only expectation is 100-continue");
    co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::check_gate(const Router::Gate& gate, const Request& request) const
{
    std::optional<Reply> refusal;
    try {
        refusal = gate(request);
    } catch (...) {
        refusal.emplace(500, "internal error\n");
    }
    if (refusal)
        throw Refused(std::move(*refusal));
}

asio::awaitable<void> Connection::serve_call(const Router::Route& route, Request& request,
                                             RequestParser& parser)
{
    if (route.gate)
        check_gate(route.gate, request);
    if (!request.body_size && !parser.chunked())
        throw Refused(411, "a length is needed");
    if (request.body_size.value_or(0) > route.most)
        throw Refused(413, "the body is too large");
    if (request.headers.find("Content-Type").value_or("").starts_with("multipart/"))
        throw Refused(415, "multipart bodies are not taken");
    stream_.until(in(service_->limits.body));
    co_await invite_body(request);
    parser.body_most = route.most;
    std::string body = co_await read_body(stream_, buffer_, parser);
    const bool brief = route.brief && route.brief(body);
    const common::Wiped wiped(body);
    request.arrived = std::chrono::steady_clock::now();
    using Answer = std::variant<Reply, NotYet>;
    const std::function<Answer()> handler = [&] { return route.call(request, body); };
    Answer answer = co_await invoke(brief, handler);
    while (const NotYet* not_yet = std::get_if<NotYet>(&answer)) {
        if (request.at_once)
            throw Refused(503, "the server stops");
        co_await wait_until_due(*not_yet);
        request.at_once = service_->guests.closing() || stream_.has_hung_up();
        answer = co_await invoke(brief, handler);
    }
    const Reply reply = std::get<Reply>(std::move(answer));
    co_await send(reply, true);
}

asio::awaitable<void> Connection::wait_until_due(const NotYet& answer)
{
    constexpr std::chrono::milliseconds longest{250};
    std::chrono::milliseconds interval{16}; // between two looks; who waits for long is not looked at often
    asio::steady_timer timer(service_->loop.io);
    while (!answer.is_due() && !service_->guests.closing() && !stream_.has_hung_up()) {
        timer.expires_after(interval);
        co_await timer.async_wait(asio::use_awaitable);
        interval = std::min(interval * 2, longest);
    }
}

asio::awaitable<void> Connection::serve_get(const Router::Route& route, const Request& request)
{
    using Answer = std::variant<Reply, Sending>;
    const std::function<Answer()> handler = [&]() -> Answer {
        std::variant<Reply, SendFile> answer = route.get(request);
        if (const SendFile* file = std::get_if<SendFile>(&answer))
            return open_to_send(*file, request);
        return std::get<Reply>(std::move(answer));
    };
    const Answer answer = co_await invoke(false, handler);
    const bool with_body = request.method != "HEAD";
    const Sending* sending = std::get_if<Sending>(&answer);
    if (sending == nullptr)
        co_await send(std::get<Reply>(answer), with_body);
    else if (with_body)
        co_await send_file(*sending);
    else
        co_await send_head(sending->reply, sending->size);
}

asio::awaitable<void> Connection::serve_put(const Router::Route& route, const Request& request,
                                            RequestParser& parser)
{
    using Answer = std::variant<Reply, Storing>;
    const bool asking = request.method == "HEAD";
    if (!asking && !request.body_size)
        throw Refused(411, "a length is needed");
    const std::function<Answer()> handler = [&]() -> Answer {
        std::variant<Reply, StoreFile> answer = route.put(request);
        if (StoreFile* file = std::get_if<StoreFile>(&answer))
            return asking ? look_at_stored(*file) : open_to_store(std::move(*file), request);
        return std::get<Reply>(std::move(answer));
    };
    Answer answer = co_await invoke(false, handler);
    Storing* storing = std::get_if<Storing>(&answer);
    if (storing != nullptr && asking) {
        const Reply size_so_far(200, {}, "application/octet-stream");
        co_await send_head(size_so_far, storing->offset);
    } else if (storing != nullptr) {
        co_await receive(*storing, request, parser);
    } else {
        keep_ = keep_ && !has_body(parser);
        const Reply reply = std::get<Reply>(answer);
        co_await send(reply, !asking);
        if (has_body(parser))
            co_await stream_.linger();
    }
}

asio::awaitable<void> Connection::receive(Storing& storing, const Request& request, RequestParser& parser)
{
    stream_.while_moving(service_->limits.stall);
    co_await invite_body(request);
    for (;;) {
        co_await read_piece(stream_, buffer_, parser);
        if (parser.piece.empty())
            break;
        storing.append(parser.piece);
    }
    const std::function<Reply()> done = [&storing] { return storing.finish(); };
    const Reply reply = co_await invoke(false, done);
    co_await send(reply, true);
}

asio::awaitable<void> Connection::send_head(const Reply& reply, std::uint64_t size)
{
    keep_ = keep_ && !service_->guests.closing();
    const std::string head = head_of(reply, size, keep_);
    stream_.while_moving(service_->limits.stall);
    co_await stream_.write(head);
}

asio::awaitable<void> Connection::send(const Reply& reply, bool with_body)
{
    constexpr std::size_t small = 16 << 10; // bytes: one TLS record and one packet train with the head
    keep_ = keep_ && !service_->guests.closing();
    std::string bytes = head_of(reply, reply.body.size(), keep_);
    const bool body_follows = with_body && !is_bodyless(reply.status) && !reply.body.empty();
    const bool at_once = body_follows && reply.body.size() <= small;
    if (at_once)
        bytes += reply.body;
    stream_.while_moving(service_->limits.stall);
    co_await stream_.write(bytes);
    if (body_follows && !at_once)
        co_await stream_.write(reply.body);
}

asio::awaitable<void> Connection::send_file(const Sending& sending)
{
    co_await send_head(sending.reply, sending.size);
    std::vector<char> piece(transfer_step);
    std::uint64_t at = sending.first;
    const std::uint64_t end = sending.first + sending.size;
    while (at < end) {
        const std::size_t got =
            sending.read(piece.data(), std::min<std::uint64_t>(piece.size(), end - at), at);
        if (sending.passing && !sending.passing(at, std::string_view(piece.data(), got)))
            throw Error(Trouble::rejected, "the answer was broken off");
        co_await stream_.write(std::string_view(piece.data(), got));
        at += got;
    }
}

} // namespace common::net
