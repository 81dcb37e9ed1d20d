#include "manager/cli/errand_work.hpp"

#include "manager/cli/bmc_visit.hpp"
#include "manager/cli/checkup.hpp"

namespace manager::cli {

namespace {

using serve::Errand;
using serve::ErrandResult;
using Targets = std::vector<target::Target>;

serve::Check check_of(drivers::Examination examination)
{
    serve::Check check{examination.trouble, std::move(examination.road), {}, std::move(examination.left)};
    for (drivers::Finding& finding : examination.findings)
        check.findings.push_back({std::move(finding.hop), std::string(name_of(finding.health)),
                                  std::move(finding.text), std::move(finding.way_out),
                                  std::move(finding.command), std::move(finding.where)});
    return check;
}

ErrandWork checking(Station& station, const CampaignOptions& options, const Targets& targets)
{
    return [examine = examiner(station, options, targets), &targets](std::size_t index) {
        return ErrandResult{.target = targets[index].name, .check = check_of(examine(index))};
    };
}

ErrandWork cleaning(const CampaignOptions& options, const Targets& targets)
{
    return [&options, &targets](std::size_t index) {
        CleanedUp done = clean_up(options, {targets[index]}).front();
        ErrandResult result{.target = targets[index].name, .error = std::move(done.error)};
        if (!result.error)
            result.clean_up = serve::CleanUp{std::move(done.swept.removed), std::move(done.swept.kept)};
        return result;
    };
}

ErrandWork visiting(BmcAction action, const CampaignOptions& options, const Targets& targets)
{
    return [action, &options, &targets](std::size_t index) {
        return ErrandResult{.target = targets[index].name,
                            .document = visit_bmc(action, targets[index], options)};
    };
}

} // namespace

ErrandWork work_of(Errand errand, Station& station, const CampaignOptions& options, const Targets& targets)
{
    switch (errand) {
    case Errand::check:
        return checking(station, options, targets);
    case Errand::clean_up:
        return cleaning(options, targets);
    case Errand::bmc_discover:
        return visiting(BmcAction::discover, options, targets);
    case Errand::bmc_inventory:
        return visiting(BmcAction::inventory, options, targets);
    case Errand::bmc_logs:
        return visiting(BmcAction::logs, options, targets);
    case Errand::bmc_reset:
        return visiting(BmcAction::reset, options, targets);
    }
    throw common::Error(common::Trouble::defect, "an errand that there is not");
}

} // namespace manager::cli
