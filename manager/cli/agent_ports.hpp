#pragma once

#include "common/bootstrap.hpp"
#include "common/net/core.hpp"
#include "common/tls/identity.hpp"
#include "manager/cli/places.hpp"
#include "manager/link/roster.hpp"
#include "manager/serve/manager_service.hpp"

#include <string>
#include <vector>

namespace manager::cli {

/// Lets `server` listen on the first free port from `first` on; `wanted` is the one that was asked for.
/// Throws `busy`, with the holders, when none is free.
serve::PortInUse open_port(common::net::Server& server, const std::string& purpose,
                           const std::string& address, std::uint16_t first, std::uint16_t wanted);

/// "the depot port is 60001 (60000 was taken)"; empty when it is the one that was wanted.
std::string notice_of(const serve::PortInUse& port);

/// The ports of this machine that agents call: for events, and for payload. Only keys of `roster` get in.
class AgentPorts {
public:
    /// `loop`, `identity` and `roster` outlive this.
    AgentPorts(common::net::Loop& loop, const common::tls::Identity& identity, const link::Roster& roster,
               common::net::Router callback, common::net::Router depot);
    ~AgentPorts(); ///< what runs gets 2 s to end

    /// Opens both; `first_callback` and `first_depot` are the first ones to try. Throws `busy` when there is
    /// none.
    void open(const Places& places, std::uint16_t first_callback, std::uint16_t first_depot);

    /// The two, once open.
    std::vector<serve::PortInUse> ports() const { return {callback_, depot_}; }

    /// Where a target reaches them that sees us at `seen_as`.
    std::vector<common::Endpoint> callbacks(const std::string& seen_as) const;
    std::vector<common::Endpoint> depots(const std::string& seen_as) const;

private:
    std::shared_ptr<const common::tls::Context> agents_;
    common::net::Server callback_server_;
    common::net::Server depot_server_;
    std::string advertise_;
    serve::PortInUse callback_;
    serve::PortInUse depot_;
};

} // namespace manager::cli
