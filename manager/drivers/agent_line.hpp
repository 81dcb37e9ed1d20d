#pragma once

#include "common/net/core.hpp"
#include "manager/link/agent_link.hpp"
#include "manager/rollout/road.hpp"
#include "manager/transport/transport.hpp"

#include <functional>
#include <memory>
#include <string>

namespace manager::drivers {

/// What came of trying every road between us and an agent; empty: open, else why not.
struct Roads {
    std::string port;     ///< from here to the agent's port
    std::string callback; ///< from the agent to our port for events
    std::string depot;    ///< from the agent to our port for payload
};

/// The line to one running agent, by whichever road works. One thread at a time.
class AgentLine {
public:
    using Notice = std::function<void(std::string text)>;

    /// `reached`: where the agent listens, as seen from here; `inside`: as seen on the target itself.
    /// `transport` outlives this and is used for tunnels.
    AgentLine(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
              common::Endpoint reached, transport::AgentAddress inside, transport::Transport& transport,
              rollout::Road wanted, Notice notice);
    ~AgentLine();

    /// Tries what was wanted, or takes the best road that works. Throws `unreachable` when there is none, and
    /// what the transport throws.
    void choose();

    /// Tries every road, whatever was wanted, and takes one that works. Throws `unreachable` when there is
    /// none.
    Roads survey();

    /// The agent does not answer on this road: takes another one to it. False when that agent is gone.
    bool take_another();

    /// Throws `unreachable` as long as there is no road: choose() may have failed.
    link::AgentLink& agent();

    /// The one in use.
    rollout::Road road() const;

    /// False when its payload has to be brought to the agent.
    bool fetches() const { return fetches_; }

    /// True when all goes through the login's session.
    bool is_in_tunnel() const { return in_tunnel_; }

private:
    void use_port();
    bool use_tunnel();
    void look_at_callbacks();
    common::os::Descriptor dial();

    common::net::Loop& loop_;
    std::shared_ptr<const common::tls::Context> context_;
    common::Endpoint reached_;
    transport::AgentAddress inside_;
    transport::Transport& transport_;
    rollout::Road wanted_;
    Notice notice_;
    bool fetches_ = false;
    bool in_tunnel_ = false;
    bool fresh_ = false; ///< tunnel_ was not used yet
    std::unique_ptr<transport::Tunnel> tunnel_;
    std::unique_ptr<link::AgentLink> link_; ///< last: uses the tunnel
};

} // namespace manager::drivers
