#include "manager/serve/web_port.hpp"

#include "common/os/file.hpp"

#include <algorithm>

namespace manager::serve {

using common::Error;
using common::Trouble;
using common::net::Bound;
using common::net::Server;

namespace {

constexpr std::uint16_t usual_port = 80;

bool is_only_taken(const Error& error)
{
    return error.trouble() == Trouble::busy;
}

/// Port 80; nothing when it is not to be had, and `why` then.
std::optional<Bound> try_usual_port(Server& server, const std::string& address, std::string& why)
{
    try {
        return server.listen(address, usual_port, usual_port);
    } catch (const Error& error) {
        if (!is_only_taken(error) && error.trouble() != Trouble::denied)
            throw;
        why = error.text();
        return std::nullopt;
    }
}

std::optional<Bound> try_random_port(Server& server, const std::string& address)
{
    for (const std::uint16_t port : web_ports_in_random_order()) {
        try {
            return server.listen(address, port, port);
        } catch (const Error& error) {
            if (!is_only_taken(error))
                throw;
        }
    }
    return std::nullopt;
}

} // namespace

std::vector<std::uint16_t> web_ports_in_random_order()
{
    std::vector<std::uint16_t> ports;
    for (std::uint16_t port = first_web_port; port <= last_web_port; ++port)
        ports.push_back(port);
    const std::string random = common::os::random_bytes(ports.size());
    for (std::size_t left = ports.size(); left > 1; --left)
        std::swap(ports[left - 1], ports[static_cast<unsigned char>(random[left - 1]) % left]);
    return ports;
}

Bound listen_on_web_port(Server& server, const std::string& address, std::optional<std::uint16_t> wanted)
{
    if (wanted)
        return server.listen(address, *wanted, *wanted);
    std::string why;
    if (std::optional<Bound> bound = try_usual_port(server, address, why))
        return *bound;
    if (std::optional<Bound> bound = try_random_port(server, address))
        return *bound;
    try { // once more in their order, for an error that names who has which
        return server.listen(address, first_web_port, last_web_port);
    } catch (const Error& error) {
        throw Error(error.trouble(), why + "; " + error.text(),
                    "stop one of these programs, or name another port with --web-port");
    }
}

} // namespace manager::serve
