#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/command.hpp"

#include <chrono>

namespace manager::cli {

/// How a run works.
class HowOptions {
public:
    void declare_request(po::options_description& options); ///< what a run keeps
    void declare(po::options_description& options);         ///< where this process listens

    void fill(rollout::Request& request) const;
    void fill(CampaignOptions& options) const;

private:
    rollout::Request request_;
    CampaignOptions places_;
};

} // namespace manager::cli
