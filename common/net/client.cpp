#include "common/net/client_inside.hpp"

namespace common::net {

namespace {

constexpr std::chrono::seconds connect_limit{5};   // a SYN is sent three times in it
constexpr std::chrono::seconds handshake_limit{5}; // what a server grants us, too
constexpr std::size_t most_head = 16 << 10;        // bytes of an answer's head; our servers use some hundred

std::string host_text(const Tcp::endpoint& endpoint)
{
    std::string address = endpoint.address().to_string();
    if (endpoint.address().is_v6())
        address = "[" + address.substr(0, address.find('%')) + "]"; // a scope means nothing to the other side
    return address + ":" + std::to_string(endpoint.port());
}

/// Throws Refused unless the end of the answer's body can be told for sure.
void check_framing(const ReplyParser& answer)
{
    if (answer.need_eof() && !answer.is_done())
        throw Refused(400, "an answer without length");
}

} // namespace

Client::Inside::Inside(Loop& loop, std::shared_ptr<const tls::Context> context, const std::string& address,
                       std::uint16_t port)
    : loop_(loop.inside()), context_(std::move(context)), endpoint_(to_address(address), port),
      host_(host_text(endpoint_))
{
}

Client::Inside::Inside(Loop& loop, std::shared_ptr<const tls::Context> context, Dial dial,
                       const std::string& name)
    : loop_(loop.inside()), context_(std::move(context)), dial_(std::move(dial)), host_(name)
{
}

void Client::Inside::hang_up()
{
    if (stream_)
        stream_->say_goodbye();
    stream_.reset();
    buffer_ = Buffer();
    kept_ = false;
}

void Client::Inside::be_patient(const Patience& patience)
{
    if (patience.until)
        stream_->until(*patience.until);
    else
        stream_->while_moving(patience.stall);
}

asio::awaitable<void> Client::Inside::open(const Patience& patience)
{
    const auto limit = [&patience](std::chrono::seconds step) {
        const Watch::Clock::time_point end = Watch::Clock::now() + step;
        return patience.until ? std::min(end, *patience.until) : end;
    };
    stream_ = std::make_unique<Stream>(loop_.watch, dial_ ? dialled_socket() : new_socket(), context_.get());
    stream_->until(limit(connect_limit));
    if (!dial_)
        co_await stream_->connect(endpoint_);
    stream_->until(limit(handshake_limit));
    co_await stream_->handshake(false);
}

Tcp::socket Client::Inside::new_socket() const
{
    Tcp::socket socket(loop_.io);
    boost::system::error_code error;
    socket.open(endpoint_.protocol(), error);
    if (error)
        throw network_error("making a socket", error);
    set_options(socket);
    return socket;
}

Tcp::socket Client::Inside::dialled_socket()
{
    if (!dialled_)
        throw Error(Trouble::unreachable, "the connection broke");
    return take_over(loop_.io, std::move(dialled_));
}

asio::awaitable<Client::Inside::Answer> Client::Inside::read_answer(Body kind, bool interim_too)
{
    for (;;) {
        Answer answer = std::make_unique<ReplyParser>(most_head);
        if (kind == Body::none)
            answer->skip(true);
        const bool came = co_await read_head(*stream_, buffer_, *answer, most_head);
        if (!came)
            throw Error(Trouble::unreachable, "the connection was closed before an answer came");
        if (answer->code / 100 == 1 && !interim_too)
            continue;
        check_framing(*answer);
        co_return answer;
    }
}

asio::awaitable<Client::Inside::Answer> Client::Inside::ask_once(const std::string& head,
                                                                 std::string_view body, Body kind)
{
    std::optional<Error> unsent;
    try {
        co_await stream_->write(head);
        co_await stream_->write(body);
    } catch (const Error& error) {
        unsent = error;
    }
    // A server that refuses a request answers before it has all of it, and the answer may be here by now.
    std::optional<Error> unread;
    Answer answer;
    try {
        answer = co_await read_answer(kind, false);
    } catch (const Error& error) {
        unread = error;
    }
    if (answer)
        co_return answer;
    const bool alert = unread->trouble() == Trouble::denied; // explains the broken write
    throw Error(unsent && !alert ? *unsent : *unread);
}

asio::awaitable<Client::Inside::Answer> Client::Inside::ask(const std::string& head, std::string_view body,
                                                            Body kind, const Patience& patience)
{
    for (;;) {
        if (!stream_)
            co_await open(patience);
        be_patient(patience);
        const bool may_be_stale = kept_;
        std::optional<Error> trouble;
        Answer answer;
        try {
            answer = co_await ask_once(head, body, kind);
        } catch (const Error& error) {
            trouble = error;
        }
        if (answer)
            co_return answer;
        const bool untouched = buffer_.size() == 0 && !stream_->expired();
        if (!may_be_stale || !untouched || trouble->trouble() != Trouble::unreachable)
            throw Error(*trouble);
        hang_up(); // the server gave up the idle connection while we wrote to it
    }
}

asio::awaitable<Reply> Client::Inside::read_reply(ReplyParser& answer, std::size_t most)
{
    if (answer.content_length().value_or(0) > most)
        throw Refused(413, "the answer is too large");
    answer.body_most = most;
    std::string body = co_await read_body(*stream_, buffer_, answer);
    Reply reply(static_cast<int>(answer.code), std::move(body),
                answer.headers.find("Content-Type").value_or(""));
    reply.headers = answer.headers;
    kept_ = answer.keep_alive();
    if (!kept_)
        hang_up();
    co_return reply;
}

asio::awaitable<Reply> Client::Inside::exchange_once(const Exchange& exchange, const Patience& patience)
{
    Headers headers = exchange.headers;
    const bool has_body = exchange.method != "GET" && exchange.method != "HEAD";
    std::optional<std::uint64_t> size;
    if (has_body) {
        headers.set("Content-Type", exchange.type);
        size = exchange.body.size();
    }
    const std::string head = head_for(exchange.method, exchange.target, headers, size);
    const std::string_view body = has_body ? std::string_view(exchange.body) : std::string_view();
    const Body kind = exchange.method == "HEAD" ? Body::none : Body::expected;
    const Answer answer = co_await ask(head, body, kind, patience);
    const Reply reply = co_await read_reply(*answer, exchange.most);
    co_return reply;
}

Reply Client::Inside::exchange(const Exchange& exchange, Deadline deadline)
{
    const Patience patience{deadline.at(), {}};
    return run(exchange_once(exchange, patience));
}

std::string Client::Inside::head_for(std::string_view method, std::string_view target, const Headers& headers,
                                     std::optional<std::uint64_t> body_size) const
{
    std::string head = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: " + host_;
    if (body_size)
        head += "\r\nContent-Length: " + std::to_string(*body_size);
    for (const auto& [name, value] : headers.all())
        head += "\r\n" + name + ": " + value;
    return head + "\r\n\r\n";
}

Client::Client(Loop& loop, std::shared_ptr<const tls::Context> context, std::string address,
               std::uint16_t port)
    : inside_(std::make_unique<Inside>(loop, std::move(context), address, port))
{
}

Client::Client(Loop& loop, std::shared_ptr<const tls::Context> context, Dial dial, std::string name)
    : inside_(std::make_unique<Inside>(loop, std::move(context), std::move(dial), name))
{
}

Client::~Client() = default;

Reply Client::exchange(const Exchange& exchange, Deadline deadline)
{
    return inside_->exchange(exchange, deadline);
}

std::uint64_t Client::pull(const std::string& target, const std::filesystem::path& file, std::uint64_t most,
                           std::chrono::seconds stall, const Progress& progress)
{
    return inside_->pull(target, file, most, stall, progress);
}

void Client::push(const std::string& target, const std::filesystem::path& file, std::chrono::seconds stall,
                  const Progress& progress)
{
    inside_->push(target, file, stall, progress);
}

std::string Client::local_address() const
{
    return inside_->local_address();
}

} // namespace common::net
