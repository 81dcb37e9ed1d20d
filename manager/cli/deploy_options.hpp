#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/component_options.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/parser.hpp"
#include "manager/cli/targets_options.hpp"

namespace manager::cli {

/// What a run that installs is asked for, by whoever asks.
class DeployOptions {
public:
    void declare(po::options_description& options, po::positional_options_description& operands);
    /// Where this very process listens: for who carries the run through itself.
    void declare_places(po::options_description& options);

    /// Reads targets and components; of a run that only looks there are none. Throws `invalid`.
    rollout::Request request(const Workplace& workplace, bool looks_only = false) const;
    /// Asks for passwords. Throws `invalid`.
    CampaignOptions campaign(const std::filesystem::path& data, const Workplace& workplace) const;

private:
    TargetsOptions targets_;
    LoginOptions login_;
    HowOptions how_;
    ComponentOptions components_;
};

} // namespace manager::cli
