#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/command.hpp"

#include <chrono>

namespace manager::cli {

/// How a run works.
class HowOptions {
public:
    void declare_parallel(po::options_description& options);
    void declare_run(po::options_description& options);     ///< what every run keeps
    void declare_install(po::options_description& options); ///< what a run that installs keeps besides
    void declare(po::options_description& options);         ///< agents and places
    void declare_agents(po::options_description& options);  ///< how agents and BMCs are met
    void declare_places(po::options_description& options);  ///< where a process listens that carries a run
    void declare_ports(po::options_description& options);   ///< of these, where it listens alone
    void declare_web(po::options_description& options);     ///< pages for people, about a run that goes

    std::size_t parallel() const { return request_.parallel; }
    void fill(rollout::Request& request) const;
    void fill(CampaignOptions& options) const;
    const Places& places() const { return options_.places; }

private:
    bmc::UpdatePace bmc_pace() const;

    std::optional<std::chrono::seconds> bmc_timeout_;
    std::optional<unsigned> bmc_interval_;

    rollout::Request request_;
    CampaignOptions options_;
};

} // namespace manager::cli
