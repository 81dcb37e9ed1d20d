#pragma once

#include "common/net/files.hpp"
#include "common/net/guests.hpp"
#include "common/net/message.hpp"
#include "common/net/router.hpp"

namespace common::net {

/// What all connections of one server share. Read-only but for the guests.
struct Service {
    Service(Loop::Inside& loop_inside, std::shared_ptr<const tls::Context> tls, Router routes, Limits bounds,
            Server::Refused tell_refused, Manners how)
        : loop(loop_inside), context(std::move(tls)), router(std::move(routes)), limits(bounds),
          refused(std::move(tell_refused)), manners(std::move(how)),
          guests(limits.connections, limits.connections_per_address)
    {
    }

    Loop::Inside& loop;
    const std::shared_ptr<const tls::Context> context; ///< null: plain HTTP
    const Router router;
    const Limits limits;
    const Server::Refused refused; ///< may be empty
    const Manners manners;
    Guests guests;
};

/// One client's connection, from the handshake to the end. run() is its only coroutine.
class Connection {
public:
    Connection(std::shared_ptr<Service> service, Tcp::socket socket, std::unique_ptr<Place> place);

    /// Serves requests until the client goes, breaks a rule or a limit, or the server stops.
    asio::awaitable<void> run();

private:
    asio::awaitable<bool> greet();
    asio::awaitable<void> shake_hands();
    asio::awaitable<void> rest();
    asio::awaitable<bool> serve_one();
    asio::awaitable<bool> answer_one(RequestParser& parser);
    asio::awaitable<void> serve_call(const Router::Route& route, Request& request, RequestParser& parser);
    asio::awaitable<void> wait_until_due(const NotYet& answer);
    asio::awaitable<void> serve_get(const Router::Route& route, const Request& request);
    asio::awaitable<void> serve_put(const Router::Route& route, const Request& request,
                                    RequestParser& parser);
    asio::awaitable<void> receive(Storing& storing, const Request& request, RequestParser& parser);
    asio::awaitable<void> invite_body(const Request& request);
    asio::awaitable<void> send(const Reply& reply, bool with_body);
    asio::awaitable<void> send_head(const Reply& reply, std::uint64_t size);
    asio::awaitable<void> send_file(const Sending& sending);

    template <typename Result>
    asio::awaitable<Result> invoke(bool brief, const std::function<Result()>& handler);

    Request request_of(const RequestParser& parser) const;
    const Router& router() const { return plain_ ? *service_->manners.plain : service_->router; }
    void check_gate(const Router::Gate& gate, const Request& request) const;
    Refused no_route(const Request& request) const;

    // Members go in reverse order: the stream must not be cut any more when it goes, and the place is free
    // last.
    const std::shared_ptr<Service> service_;
    const std::unique_ptr<Place> place_;
    Stream stream_;
    const std::string local_address_;
    Presence presence_;
    std::string peer_pin_;
    bool plain_ = false; ///< no TLS at a port that has it
    Buffer buffer_;
    bool keep_ = true; ///< another request may follow the one being answered
};

} // namespace common::net
