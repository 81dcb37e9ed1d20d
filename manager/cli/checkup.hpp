#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/station.hpp"
#include "manager/drivers/doctor.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace manager::cli {

/// Agents on trial, on one target after the other. `options` and `targets` outlive it. Throws Error when
/// there is no agent to send.
class Practice {
public:
    /// Whom they call, and by which key we are known to them. All of it outlives the practice.
    struct Ground {
        common::net::Loop& loop;
        link::Roster& roster;
        const common::tls::Identity& identity;
        /// Where a target reaches us that sees us at `seen_as`.
        std::function<std::vector<common::Endpoint>(const std::string& seen_as)> callbacks;
        std::function<std::vector<common::Endpoint>(const std::string& seen_as)> depots;
    };

    Practice(const CampaignOptions& options, const std::vector<target::Target>& targets, Ground ground);
    /// With the ports of `station` that are open for agents; outlived by it.
    Practice(const CampaignOptions& options, const std::vector<target::Target>& targets, Station& station);
    ~Practice();

    /// Several threads at a time, each for a target of its own.
    drivers::Examination examine(std::size_t index);

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
    std::shared_ptr<void> admitted_; ///< at the station
};

/// What was found on all targets.
struct Checkup {
    std::vector<drivers::Examination> targets; ///< in the order of the targets
    std::vector<std::string> notices;          ///< about ports of this machine that were taken
};

/// Looks what a run would meet on each target, `at_once` of them at a time, with the ports open that a run
/// would open. Throws Error when there is no port to be had, or no agent to send. Blocks until all are done.
/// A process that is ended meanwhile leaves agents that remove themselves within a minute.
Checkup check_up(const CampaignOptions& options, const std::vector<target::Target>& targets,
                 std::size_t at_once);

} // namespace manager::cli
