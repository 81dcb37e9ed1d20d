#pragma once

#include "common/net/core.hpp"
#include "common/net/socket_calls.hpp"
#include "common/os/file.hpp"
#include "common/tls/context.hpp"
#include "tests/support/scratch.hpp"

#include <string>

/// What the tests of common/net have in common: a server and a client that know each other, and a raw
/// connection for what a decent client would never send.
namespace rig {

using namespace std::chrono_literals;
using common::Deadline;
using common::Error;
using common::Trouble;
using common::net::Client;
using common::net::Limits;
using common::net::Loop;
using common::net::NotYet;
using common::net::Reply;
using common::net::Request;
using common::net::Router;
using common::net::SendFile;
using common::net::Server;
using common::net::StoreFile;
using common::tls::Context;
using common::tls::Identity;

inline std::string content(const std::filesystem::path& path)
{
    return common::os::read_file(path, 256 << 20);
}

/// `size` bytes in which every place differs from its neighbours, so that a wrong offset shows.
inline std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& c : text) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 24);
    }
    return text;
}

/// Short limits, so that a test of a deadline takes a second.
inline Limits short_limits()
{
    Limits limits;
    limits.handshake = 1s;
    limits.header = 1s;
    limits.body = 1s;
    limits.idle = 1s;
    limits.stall = 1s;
    return limits;
}

/// The identities of both sides and what they know of each other.
struct Pair {
    Identity server = Identity::make("server");
    Identity client = Identity::make("client");

    std::shared_ptr<const Context> server_context() const
    {
        return Context::server(server, common::tls::only(client.fingerprint()));
    }
    std::shared_ptr<const Context> client_context() const
    {
        return Context::client(client, common::tls::only(server.fingerprint()));
    }
};

/// One pair for all tests of a program: keys cost time, and no test changes them.
inline const Pair& pair()
{
    static const Pair made;
    return made;
}

inline Reply echo(const Request&, const std::string& body)
{
    return Reply(200, body);
}

inline Router echo_router()
{
    Router router;
    router.call("/echo", 64 << 10, echo);
    return router;
}

/// A server on loopback.
class Host {
public:
    explicit Host(Router router, Limits limits = {}, const std::string& address = "127.0.0.1")
        : server(loop, pair().server_context(), std::move(router), limits),
          port(server.listen(address, 0, 0).port)
    {
    }

    Loop loop{2, 2};
    Server server;
    std::uint16_t port;
};

inline Client::Exchange post(const std::string& target, std::string body)
{
    Client::Exchange exchange;
    exchange.target = target;
    exchange.body = std::move(body);
    exchange.type = "text/plain";
    return exchange;
}

inline Client::Exchange get(const std::string& target)
{
    Client::Exchange exchange;
    exchange.method = "GET";
    exchange.target = target;
    return exchange;
}

/// A TLS connection that says exactly what it is told.
class Raw {
public:
    explicit Raw(std::uint16_t port) : Raw(port, pair().client_context()) {}
    Raw(std::uint16_t port, std::shared_ptr<const Context> context)
        : context_(std::move(context)), ssl_(SSL_new(context_->get()))
    {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        socket_.set_option(common::net::Tcp::no_delay(true));
        SSL_set_fd(ssl_.get(), static_cast<int>(socket_.native_handle()));
        if (SSL_connect(ssl_.get()) != 1)
            throw Error(Trouble::denied, "no TLS");
    }

    /// False when the server does not listen any more.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            std::size_t put = 0;
            if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put) != 1)
                return false;
            bytes.remove_prefix(put);
        }
        return true;
    }

    /// Some bytes; empty at the end of the stream.
    std::string receive()
    {
        char buffer[16 << 10];
        std::size_t got = 0;
        return SSL_read_ex(ssl_.get(), buffer, sizeof buffer, &got) == 1 ? std::string(buffer, got)
                                                                         : std::string();
    }

    /// All until the server closes.
    std::string receive_all()
    {
        std::string all;
        for (std::string some = receive(); !some.empty(); some = receive())
            all += some;
        return all;
    }

    /// One whole answer with Content-Length.
    std::string receive_answer()
    {
        std::string all;
        for (;;) {
            const std::size_t end = all.find("\r\n\r\n");
            if (end != std::string::npos) {
                const std::size_t field = all.find("Content-Length: ");
                const std::size_t size =
                    field < end ? std::strtoul(all.c_str() + field + 16, nullptr, 10) : 0;
                if (all.size() >= end + 4 + size)
                    return all;
            }
            const std::string some = receive();
            if (some.empty())
                return all;
            all += some;
        }
    }

private:
    std::shared_ptr<const Context> context_;
    boost::asio::io_context io_;
    common::net::Tcp::socket socket_{io_};
    common::Owned<SSL, SSL_free> ssl_;
};

/// 200 of "HTTP/1.1 200 OK..."; 0 when there is no answer.
inline int status_of(const std::string& answer)
{
    return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

/// What `call` throws, or nothing.
template <typename Call>
std::optional<Error> error_of(Call call)
{
    try {
        call();
        return std::nullopt;
    } catch (const Error& error) {
        return error;
    }
}

} // namespace rig
