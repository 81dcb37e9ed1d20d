#pragma once

#include "manager/cli/component_options.hpp"
#include "manager/cli/run_options.hpp"

namespace manager::cli {

/// What a run that installs is asked for, by whoever asks.
class DeployOptions {
public:
    explicit DeployOptions(RunOptions::Meant meant = RunOptions::Meant::hosts_and_bmcs) : run_(meant) {}

    void declare(po::options_description& options, po::positional_options_description& operands);
    void declare_places(po::options_description& options) { run_.declare_places(options); }

    /// Reads targets and components; of a run that only looks there are none. Throws `invalid`.
    rollout::Request request(const Workplace& workplace, bool looks_only = false) const;
    CampaignOptions campaign(const std::filesystem::path& data, const Workplace& workplace) const
    {
        return run_.campaign(data, workplace);
    }
    /// Of what is asked for, only whom it is to be done to.
    const RunOptions& run() const { return run_; }
    bool has_components() const { return components_.are_given(); }

private:
    RunOptions run_;
    ComponentOptions components_;
};

} // namespace manager::cli
