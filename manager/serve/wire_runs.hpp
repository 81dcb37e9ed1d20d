#pragma once

#include "manager/rollout/run.hpp"
#include "manager/rollout/store.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/serve/wire.hpp"

/// Runs in the words of the contract.
namespace manager::serve {

wire::RunState state_of(const rollout::Run& run, const ManagerDesk& desk);
wire::Run wire_run(const rollout::Run& run, const ManagerDesk& desk, bool with_targets);
wire::RunEvent wire_event(const rollout::Run& run, const rollout::RunEvent& event);

/// All that is known of target `index`; `run` has its components.
wire::TargetResult wire_result(const rollout::Run& run, std::size_t index);

/// Its id is "RUN-NUMBER". Throws `invalid` for a text that is no id.
wire::Agent wire_agent(const link::AgentAtWork& agent);
link::RunTarget agent_named(const std::string& id);

} // namespace manager::serve
