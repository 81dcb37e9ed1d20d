#pragma once

#include "common/soap/wire.hpp"
#include "manager/link/log_check.hpp"
#include "manager/rollout/driver.hpp"

#include <vector>

namespace manager::link {

/// What agents send, in the words of the rollout. Everything here came from another machine: text is made
/// harmless.
rollout::JobReport job_report(const wire::Job& job);
rollout::AgentEvent agent_event(const wire::Event& event);
std::vector<rollout::AgentEvent> agent_events(const std::vector<wire::Event>& events);
rollout::RebootReport reboot_report(const wire::Reboot& reboot);
LogHead log_head(const wire::LogHead& head);
rollout::Facts facts(const wire::Inventory& inventory);

} // namespace manager::link
