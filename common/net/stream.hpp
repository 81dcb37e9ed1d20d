#pragma once

#include "common/net/loop.hpp"

namespace common::net {

/// One TCP connection, with TLS on it when it has a context. Used by one coroutine at a time; only cut() may
/// be called by any thread. Failures are thrown as Error: `unreachable` when the line broke or the deadline
/// passed, `denied` when one side refused the other's key, `rejected` when the peer does not speak TLS as it
/// must.
class Stream {
public:
    /// `socket` is open (for connect()) or connected; `context` may be null for plain HTTP and must outlive
    /// this.
    Stream(Watch& watch, Tcp::socket socket, const tls::Context* context);

    /// Everything from now on must be over by `deadline`.
    void until(Watch::Clock::time_point deadline);
    /// From now on there is no deadline as long as bytes move: each gap may last `stall`.
    void while_moving(std::chrono::nanoseconds stall);
    /// No deadline, while the peer waits for us.
    void for_ever();
    bool expired() const { return watched_.expired(); }
    void cut() { watched_.cut(); }
    /// The peer sends no more, and perhaps is gone.
    bool has_hung_up() { return net::has_hung_up(socket_); }

    asio::awaitable<void> connect(Tcp::endpoint endpoint);

    /// Waits for the peer's first byte and leaves it there. False when it begins no TLS handshake: the stream
    /// is a plain one from then on.
    asio::awaitable<bool> sniff();

    /// Does the TLS handshake as the context's side. Returns the peer's pin, empty when none was demanded.
    asio::awaitable<std::string> handshake(bool as_server);

    /// Returns when something has come, be it only the end of the stream.
    asio::awaitable<void> readable();

    /// 1 to `size` bytes, as many as there are; 0 at the end of the stream.
    asio::awaitable<std::size_t> read(char* data, std::size_t size);

    /// What can be read without waiting; 0 when there is nothing, also at the end of the stream.
    std::size_t read_now(char* data, std::size_t size);

    asio::awaitable<void> write(std::string_view bytes);

    /// Ends our half of the stream and throws away what the peer still sends, for 1 s and 64 KiB at most. A
    /// socket closed with unread input resets the connection, and the peer may never see the last answer.
    asio::awaitable<void> linger();

    /// Ends our half in an orderly way, as far as that works without waiting.
    void say_goodbye() noexcept;

    std::string peer_address() const;
    std::string local_address() const;

private:
    enum class Wait { nothing, read, write, closed };
    struct Step {
        Wait wait;
        std::size_t bytes;
    };

    Wait judge(int result);
    Wait after(const boost::system::error_code& error, Wait direction) const;
    Step try_read(char* data, std::size_t size);
    Step try_write(std::string_view bytes);
    asio::awaitable<void> wait(Wait what);
    asio::awaitable<std::optional<char>> peek();
    void check_deadline() const;
    void moved(std::size_t bytes);
    asio::awaitable<void> be_fair();

    Tcp::socket socket_;
    Owned<SSL, SSL_free> ssl_; // after the socket, so that it goes first
    const tls::Context* context_;
    std::chrono::nanoseconds stall_{0}; ///< 0: the deadline is absolute
    std::size_t since_pause_ = 0;       ///< bytes moved since others had their turn
    Watch::Item watched_;               // last: leaves the watch before the socket closes
};

/// "10.0.0.1", "fe80::1%eth0"; an IPv4 address that came through an IPv6 socket is shown as IPv4.
std::string address_text(asio::ip::address address);

/// Throws `invalid` when `text` is not a numeric address.
asio::ip::address to_address(const std::string& text);

} // namespace common::net
