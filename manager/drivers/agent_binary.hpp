#pragma once

#include "manager/drivers/packed_agents.hpp"
#include "manager/transport/transport.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace manager::drivers {

/// The agents that a run can send, one per platform. Never changes, so any thread may look.
class Agents {
public:
    explicit Agents(std::vector<transport::AgentBinary> agents) : agents_(std::move(agents)) {}

    /// The one for `platform`; throws `rejected`, naming those there are, without one.
    const transport::AgentBinary& of(const transport::Platform& platform) const;

    std::vector<std::string> architectures() const; ///< of Linux, as `uname -m`
    std::uint64_t largest() const;                  ///< bytes of the largest one, not packed

private:
    std::vector<transport::AgentBinary> agents_;
};

/// Every agent that is installed, read, hashed and compressed once for all targets. They are looked for
/// beside the running program (`soapstone-agent` for Linux on x86_64), in `../agents/OS-ARCH/` and in
/// `../lib/soapstone/agents/OS-ARCH/`. Throws `invalid`, naming the places, when there is none at all.
/// Compressed agents of earlier runs are taken from `kept`, and fresh ones are put there.
Agents load_agents(const PackedAgents& kept);

} // namespace manager::drivers
