#include "manager/cli/deploy_options.hpp"

namespace manager::cli {

void DeployOptions::declare(po::options_description& options, po::positional_options_description& operands)
{
    targets_.declare(options);
    login_.declare_user(options);
    login_.declare(options);
    components_.declare(options, operands);
    how_.declare_run(options);
    how_.declare_install(options);
    how_.declare_agents(options);
}

void DeployOptions::declare_places(po::options_description& options)
{
    how_.declare_places(options);
    how_.declare_web(options);
}

rollout::Request DeployOptions::request(const Workplace& workplace, bool looks_only) const
{
    rollout::Request request;
    request.targets = targets_.targets(login_.wishes(), workplace);
    if (!looks_only)
        request.components = components_.components();
    how_.fill(request);
    return request;
}

CampaignOptions DeployOptions::campaign(const std::filesystem::path& data, const Workplace& workplace) const
{
    CampaignOptions options;
    options.data = data;
    how_.fill(options);
    login_.fill(options, workplace);
    return options;
}

} // namespace manager::cli
