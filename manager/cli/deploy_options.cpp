#include "manager/cli/deploy_options.hpp"

namespace manager::cli {

void DeployOptions::declare(po::options_description& options, po::positional_options_description& operands)
{
    run_.declare(options);
    components_.declare(options, operands);
    run_.declare_install(options);
}

rollout::Request DeployOptions::request(const Workplace& workplace, bool looks_only) const
{
    rollout::Request request = run_.request(workplace);
    if (!looks_only)
        request.components = components_.components(request.targets);
    return request;
}

} // namespace manager::cli
