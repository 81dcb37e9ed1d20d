#include "common/net/stream.hpp"

#include "common/net/tls_error.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <openssl/err.h>

namespace common::net {

namespace {

constexpr std::size_t pause_after =
    1 << 20; // bytes: a fast peer never makes us wait, so we let go by ourselves
constexpr std::size_t linger_bytes = 64 << 10;
constexpr std::chrono::seconds linger_time{1};

} // namespace

std::string address_text(asio::ip::address address)
{
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address.to_string();
}

asio::ip::address to_address(const std::string& text)
{
    boost::system::error_code error;
    const asio::ip::address address = asio::ip::make_address(text, error);
    if (error)
        throw Error(Trouble::invalid, "\"" + text + "\" is not a numeric address");
    return address;
}

Stream::Stream(Watch& watch, Tcp::socket socket, const tls::Context* context)
    : socket_(std::move(socket)), context_(context), watched_(watch, socket_)
{
    socket_.non_blocking(true);
    if (context_ == nullptr)
        return;
    ssl_.reset(SSL_new(context_->get()));
    if (!ssl_ || SSL_set_fd(ssl_.get(), static_cast<int>(socket_.native_handle())) != 1)
        throw tls_error("preparing TLS");
}

void Stream::until(Watch::Clock::time_point deadline)
{
    stall_ = std::chrono::nanoseconds{0};
    watched_.until(deadline);
}

void Stream::while_moving(std::chrono::nanoseconds stall)
{
    stall_ = stall;
    watched_.until(Watch::Clock::now() + stall);
}

void Stream::for_ever()
{
    stall_ = std::chrono::nanoseconds{0};
    watched_.for_ever();
}

void Stream::check_deadline() const
{
    if (expired())
        throw Error(Trouble::unreachable, "no answer in time");
}

void Stream::moved(std::size_t bytes)
{
    since_pause_ += bytes;
    if (bytes > 0 && stall_.count() > 0)
        watched_.until(Watch::Clock::now() + stall_);
}

asio::awaitable<void> Stream::be_fair()
{
    since_pause_ = 0;
    co_await asio::post(asio::use_awaitable);
}

asio::awaitable<void> Stream::wait(Wait what)
{
    boost::system::error_code error;
    const auto direction = what == Wait::write ? Tcp::socket::wait_write : Tcp::socket::wait_read;
    co_await socket_.async_wait(direction, asio::redirect_error(asio::use_awaitable, error));
    check_deadline();
    if (error)
        throw network_error("waiting for the network", error);
}

asio::awaitable<void> Stream::connect(Tcp::endpoint endpoint)
{
    boost::system::error_code error;
    co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    check_deadline();
    if (error)
        throw Error(Trouble::unreachable, network_error("connecting", error).text());
}

Stream::Wait Stream::judge(int result)
{
    const int number = socket_error();
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
        return Wait::nothing;
    case SSL_ERROR_WANT_READ:
        return Wait::read;
    case SSL_ERROR_WANT_WRITE:
        return Wait::write;
    case SSL_ERROR_ZERO_RETURN:
        check_deadline();
        return Wait::closed;
    case SSL_ERROR_SYSCALL:
        check_deadline();
        if (number == 0)
            return Wait::closed;
        throw Error(Trouble::unreachable, system_error("the connection broke", number).text());
    default:
        check_deadline();
        throw tls_error("TLS");
    }
}

/// The peer's next byte, left where it is; nothing when none is to come. With several I/O threads, one may
/// still tell of bytes that another has read: then the wait goes on.
asio::awaitable<std::optional<char>> Stream::peek()
{
    char first = 0;
    boost::system::error_code error = asio::error::would_block;
    while (error == asio::error::would_block) {
        co_await wait(Wait::read);
        socket_.receive(asio::buffer(&first, 1), Tcp::socket::message_peek, error);
    }
    if (error)
        co_return std::nullopt;
    co_return first;
}

asio::awaitable<bool> Stream::sniff()
{
    constexpr char handshake_record = 0x16; // RFC 8446, section 5.1
    const std::optional<char> first = co_await peek();
    if (first == handshake_record)
        co_return true;
    ssl_.reset();
    context_ = nullptr;
    co_return false;
}

asio::awaitable<std::string> Stream::handshake(bool as_server)
{
    if (!ssl_)
        co_return std::string();
    for (;;) {
        ERR_clear_error();
        clear_socket_error();
        const int result = as_server ? SSL_accept(ssl_.get()) : SSL_connect(ssl_.get());
        const Wait next = judge(result);
        if (next == Wait::nothing)
            break;
        if (next == Wait::closed)
            throw Error(Trouble::unreachable, "the connection was closed during the TLS handshake");
        co_await wait(next);
    }
    co_return context_->verified_peer(ssl_.get());
}

/// What to wait for after a call on the socket itself.
Stream::Wait Stream::after(const boost::system::error_code& error, Wait direction) const
{
    if (!error)
        return Wait::nothing;
    if (error == asio::error::would_block || error == asio::error::try_again ||
        error == asio::error::interrupted)
        return direction;
    check_deadline();
    throw Error(Trouble::unreachable, network_error("the connection broke", error).text());
}

Stream::Step Stream::try_read(char* data, std::size_t size)
{
    if (ssl_) {
        clear_socket_error();
        ERR_clear_error();
        std::size_t got = 0;
        const int result = SSL_read_ex(ssl_.get(), data, size, &got);
        return {result == 1 ? Wait::nothing : judge(result), got};
    }
    boost::system::error_code error;
    const std::size_t got = socket_.receive(asio::buffer(data, size), 0, error);
    if (error != asio::error::eof)
        return {after(error, Wait::read), got};
    check_deadline();
    return {Wait::closed, 0};
}

Stream::Step Stream::try_write(std::string_view bytes)
{
    if (ssl_) {
        clear_socket_error();
        ERR_clear_error();
        std::size_t put = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put);
        return {result == 1 ? Wait::nothing : judge(result), put};
    }
    boost::system::error_code error;
    const std::size_t put = socket_.send(asio::buffer(bytes.data(), bytes.size()), 0, error);
    return {after(error, Wait::write), put};
}

asio::awaitable<void> Stream::readable()
{
    if (ssl_ && SSL_has_pending(ssl_.get()) == 1)
        co_return;
    co_await peek();
}

asio::awaitable<std::size_t> Stream::read(char* data, std::size_t size)
{
    if (since_pause_ >= pause_after)
        co_await be_fair();
    std::size_t done = 0;
    for (;;) {
        const Step step = try_read(data + done, size - done);
        done += step.bytes;
        moved(step.bytes);
        if (step.wait == Wait::nothing && done < size)
            continue;
        if (done > 0 || step.wait == Wait::closed)
            co_return done;
        co_await wait(step.wait);
    }
}

std::size_t Stream::read_now(char* data, std::size_t size)
{
    return try_read(data, size).bytes;
}

asio::awaitable<void> Stream::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (since_pause_ >= pause_after)
            co_await be_fair();
        const Step step = try_write(bytes);
        bytes.remove_prefix(step.bytes);
        moved(step.bytes);
        if (step.wait == Wait::closed)
            throw Error(Trouble::unreachable, "the connection was closed by the other side");
        if (step.wait != Wait::nothing)
            co_await wait(step.wait);
    }
}

void Stream::say_goodbye() noexcept
{
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1)
        SSL_shutdown(ssl_.get()); // sends close_notify; nobody waits for the answer
    ERR_clear_error();
    boost::system::error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> Stream::linger()
{
    until(Watch::Clock::now() + linger_time);
    say_goodbye();
    std::size_t left = linger_bytes;
    char waste[4 << 10];
    while (left > 0 && !expired()) {
        // Below TLS, which may be in no state to read: only the socket's input has to be empty.
        boost::system::error_code error;
        left -= socket_.receive(asio::buffer(waste, std::min(sizeof waste, left)), 0, error);
        if (error == asio::error::would_block)
            co_await wait(Wait::read);
        else if (error)
            co_return;
    }
}

std::string Stream::peer_address() const
{
    boost::system::error_code error;
    const Tcp::endpoint endpoint = socket_.remote_endpoint(error);
    return error ? std::string() : address_text(endpoint.address());
}

std::string Stream::local_address() const
{
    boost::system::error_code error;
    const Tcp::endpoint endpoint = socket_.local_endpoint(error);
    return error ? std::string() : address_text(endpoint.address());
}

} // namespace common::net
