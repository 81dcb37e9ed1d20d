#pragma once

#include "common/error.hpp"
#include "common/os/descriptor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <utility> // Boost 1.74's Asio forgets it

/// What differs by system about sockets. None of it throws but where it says so.
namespace common::net {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

/// The options of every connection: no delay, and a dead peer is noticed within about 11 s.
void set_options(Tcp::socket& socket);

/// Gives `acceptor` a fresh socket that no program of ours inherits. A port that it is bound to is its own:
/// shared with nobody, but free of the remains of closed connections.
void open_to_listen(Tcp::acceptor& acceptor, const Tcp& protocol, boost::system::error_code& error);

/// True when `error`, of bind() or listen(), says that somebody else has the port. On Windows, EACCES does:
/// another socket owns the port, or a service has reserved it.
bool is_taken(const boost::system::error_code& error);

/// Ends all reading and writing at once; whoever waits wakes up. Any thread, as long as nobody closes
/// `socket`.
void cut(Tcp::socket& socket);

/// True when the peer has ended its half, also with bytes before that end that nobody has read.
bool has_hung_up(Tcp::socket& socket);

/// The errno of the last call on a socket in this thread, 0 when none failed since it was cleared: what
/// OpenSSL leaves.
int socket_error();
void clear_socket_error();

/// A write to a connection that the peer has reset fails, and does not end the process: OpenSSL cannot ask
/// for that by itself.
void survive_broken_connections();

/// Makes a socket of what was dialled, see Client::Dial. It may be no TCP socket; all that is asked of it is
/// to be a stream that can be waited for. Throws Error; on Windows always, where no descriptor is a socket.
Tcp::socket take_over(asio::io_context& io, os::Descriptor dialled);

/// The Error that system_error() makes of the errno that `error` stands for; `rejected`, where there is none.
Error network_error(std::string_view doing, const boost::system::error_code& error);

} // namespace common::net
