#pragma once

#include "common/net/core.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"
#include "common/tls/context.hpp"
#include "tests/support/scratch.hpp"

#include <arpa/inet.h>
#include <fstream>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>

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
using common::net::Reply;
using common::net::Request;
using common::net::Router;
using common::net::Run;
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

inline Reply echo(const Request&, std::string body)
{
    return Reply(200, std::move(body));
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

/// A connected TCP socket to 127.0.0.1.
inline common::os::Descriptor connect_to(std::uint16_t port)
{
    common::os::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw common::system_error("connecting");
    return socket;
}

/// A TLS connection that says exactly what it is told.
class Raw {
public:
    explicit Raw(std::uint16_t port) : Raw(port, pair().client_context()) {}
    Raw(std::uint16_t port, std::shared_ptr<const Context> context)
        : context_(std::move(context)), socket_(connect_to(port)), ssl_(SSL_new(context_->get()))
    {
        const timeval limit{10, 0};
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        SSL_set_fd(ssl_.get(), socket_.get());
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

    int descriptor() const { return socket_.get(); }

private:
    std::shared_ptr<const Context> context_;
    common::os::Descriptor socket_;
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
