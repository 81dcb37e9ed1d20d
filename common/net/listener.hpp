#pragma once

#include "common/net/core.hpp"
#include "common/net/stream.hpp"

namespace common::net {

/// A socket that listens, and the way there.
struct Listening {
    Tcp::acceptor acceptor;
    Bound bound;
};

/// As Server::listen(): binds the first free port of `first`..`last` and keeps that very socket, so that
/// nobody can take the port between a look and a bind.
Listening start_listening(const asio::any_io_executor& executor, const std::string& address,
                          std::uint16_t first, std::uint16_t last);

} // namespace common::net
