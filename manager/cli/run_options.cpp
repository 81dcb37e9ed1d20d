#include "manager/cli/run_options.hpp"

#include "common/error.hpp"

#include <vector>

namespace manager::cli {

namespace {

bool is_host(const target::Target& target)
{
    return target.connection != target::Connection::bmc;
}

} // namespace

void RunOptions::declare(po::options_description& options)
{
    targets_.declare(options);
    login_.declare_user(options);
    login_.declare(options);
    how_.declare_run(options);
    how_.declare_agents(options);
}

void RunOptions::declare_places(po::options_description& options)
{
    how_.declare_places(options);
    how_.declare_web(options);
}

std::vector<target::Target> RunOptions::targets(const Workplace& workplace) const
{
    target::Wishes wishes = login_.wishes();
    wishes.bmc = wishes.bmc || meant_ == Meant::bmcs;
    std::vector<target::Target> targets = targets_.targets(wishes, workplace);
    if (meant_ != Meant::bmcs)
        return targets;
    if (targets_.are_all_of_file()) {
        std::erase_if(targets, is_host);
        if (targets.empty())
            throw common::Error(common::Trouble::invalid, "bmc: there is no BMC in the targets file",
                                "a BMC has connection: bmc there; or name some with -t");
    }
    for (const target::Target& target : targets)
        if (is_host(target))
            throw common::Error(common::Trouble::invalid, "bmc: " + target.name + " is no BMC",
                                target.its_bmc.empty() ? "in a targets file, a BMC has connection: bmc"
                                                       : "its BMC is " + target.its_bmc + ": name that one");
    return targets;
}

rollout::Request RunOptions::request(const Workplace& workplace) const
{
    rollout::Request request;
    request.targets = targets(workplace);
    how_.fill(request);
    return request;
}

CampaignOptions RunOptions::campaign(const std::filesystem::path& data, const Workplace& workplace) const
{
    CampaignOptions options;
    options.data = data;
    how_.fill(options);
    login_.fill(options, workplace);
    return options;
}

} // namespace manager::cli
