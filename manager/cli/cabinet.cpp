#include "manager/cli/cabinet.hpp"

#include "manager/cli/campaign.hpp"

namespace manager::cli {

void use_credential(CampaignOptions& options, const serve::DeployWish& order, const Cabinet& cabinet)
{
    if (order.credential.empty())
        return;
    serve::Credential credential = cabinet.credential(order.credential);
    options.bmc_password =
        (credential.bmc_password.empty() ? credential.password : credential.bmc_password).copy();
    options.password = std::move(credential.password);
    options.sudo_password = std::move(credential.sudo_password);
    if (!credential.private_key.empty())
        options.keys.push_back(key_of(credential));
}

} // namespace manager::cli
