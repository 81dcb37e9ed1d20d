#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/workplace.hpp"
#include "manager/rollout/exit_code.hpp"

#include <optional>
#include <string>
#include <vector>

namespace manager::cli {

/// What can be done with a BMC in one visit.
enum class BmcAction {
    discover,  ///< who is it, and by which key; nobody logs in, and no key needs to be trusted
    inventory, ///< firmware
    logs,
    reset, ///< of the BMC; its host runs on
};

std::optional<BmcAction> bmc_action_named(const std::string& name);

/// Does it with one after the other and prints what came of it, with `json` as one document. Returns
/// `unreachable` when one was not reached or refused the login, `component_failed` when one refused the rest.
rollout::ExitCode visit_bmcs(BmcAction action, const std::vector<target::Target>& targets,
                             const CampaignOptions& options, bool json, Workplace& workplace);

/// Does it with one BMC and returns that document, with what else is to be known of the way as its notices.
/// Throws Error.
std::string visit_bmc(BmcAction action, const target::Target& target, const CampaignOptions& options);

} // namespace manager::cli
