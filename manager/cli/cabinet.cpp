#include "manager/cli/cabinet.hpp"

#include "manager/cli/campaign.hpp"

namespace manager::cli {

void use_credential(CampaignOptions& options, const std::string& name, const Cabinet& cabinet)
{
    if (name.empty())
        return;
    serve::Credential credential = cabinet.credential(name);
    options.bmc_password =
        (credential.bmc_password.empty() ? credential.password : credential.bmc_password).copy();
    options.password = std::move(credential.password);
    options.sudo_password = std::move(credential.sudo_password);
}

} // namespace manager::cli
