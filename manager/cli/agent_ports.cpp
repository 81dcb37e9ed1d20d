#include "manager/cli/agent_ports.hpp"

#include "common/error.hpp"

#include <algorithm>

namespace manager::cli {

using common::net::Bound;
using common::net::Server;

namespace {

/// How many ports after the first choice are tried.
constexpr std::uint16_t port_range = 900;

std::uint16_t last_port(std::uint16_t first)
{
    return static_cast<std::uint16_t>(std::min<unsigned>(first + port_range, 65535));
}

} // namespace

serve::PortInUse open_port(Server& server, const std::string& purpose, const std::string& address,
                           std::uint16_t first, std::uint16_t wanted)
{
    const Bound bound = common::while_doing("opening the " + purpose + " port",
                                            [&] { return server.listen(address, first, last_port(first)); });
    return {purpose, address, bound.port, wanted};
}

std::string notice_of(const serve::PortInUse& port)
{
    if (port.port == port.wanted)
        return {};
    return "the " + port.purpose + " port is " + std::to_string(port.port) + " (" +
           std::to_string(port.wanted) + " was taken)";
}

AgentPorts::AgentPorts(common::net::Loop& loop, const common::tls::Identity& identity,
                       const link::Roster& roster, common::net::Router callback, common::net::Router depot)
    : agents_(common::tls::Context::server(
          identity, [&roster](const std::string& pin) { return roster.target_of(pin).has_value(); })),
      callback_server_(loop, agents_, std::move(callback)), depot_server_(loop, agents_, std::move(depot))
{
}

AgentPorts::~AgentPorts()
{
    for (Server* server : {&callback_server_, &depot_server_})
        server->stop(std::chrono::seconds(2));
}

void AgentPorts::open(const Places& places, std::uint16_t first_callback, std::uint16_t first_depot)
{
    advertise_ = places.advertise;
    callback_ = open_port(callback_server_, "callback", places.listen, first_callback, places.callback_port);
    depot_ = open_port(depot_server_, "depot", places.listen, first_depot, first_depot);
}

std::vector<common::Endpoint> AgentPorts::callbacks(const std::string& seen_as) const
{
    return {{advertise_.empty() ? seen_as : advertise_, callback_.port}};
}

std::vector<common::Endpoint> AgentPorts::depots(const std::string& seen_as) const
{
    return {{advertise_.empty() ? seen_as : advertise_, depot_.port}};
}

} // namespace manager::cli
