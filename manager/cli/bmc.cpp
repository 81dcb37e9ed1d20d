#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/bmc_visit.hpp"
#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/component_options.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/targets_options.hpp"
#include "manager/store/sqlite_store.hpp"

#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

/// What can be done with BMCs besides a run of deploy.
class BmcCommand final : public Command {
public:
    std::string_view name() const override { return "bmc"; }
    std::string_view summary() const override
    {
        return "BMCs: discover (no login), inventory, logs, reset, update FILE (as deploy --bmc).";
    }
    std::string_view operands() const override { return "ACTION [FILE...]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        options.add_options()("action", po::value(&action_)->value_name("ACTION"),
                              "discover, inventory, logs, reset, update");
        operands.add("action", 1);
        targets_.declare(options);
        login_.declare_user(options);
        login_.declare(options);
        components_.declare(options, operands);
        how_.declare_run(options);
        how_.declare_install(options);
        how_.declare(options);
        how_.declare_web(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        target::Wishes wishes = login_.wishes();
        wishes.bmc = true;
        std::vector<target::Target> targets = targets_.targets(wishes, workplace);
        for (const target::Target& target : targets)
            if (target.connection != target::Connection::bmc)
                throw Error(Trouble::invalid, "bmc: " + target.name + " is no BMC",
                            "in a targets file, a BMC has connection: bmc");
        if (action_ == "update")
            return update(std::move(targets), workplace);
        const std::optional<BmcAction> action = bmc_action_named(action_);
        if (!action)
            throw Error(Trouble::invalid,
                        "bmc: " + (action_.empty() ? std::string("what is to be done?")
                                                   : "there is no '" + common::one_line(action_, 40) + '\''),
                        "possible: discover, inventory, logs, reset, update");
        CampaignOptions options;
        options.data = output_.data();
        how_.fill(options);
        login_.fill(options, workplace);
        return visit_bmcs(*action, targets, options, output_.json(), workplace);
    }

private:
    ExitCode update(std::vector<target::Target> targets, Workplace& workplace)
    {
        rollout::Request request;
        request.targets = std::move(targets);
        request.components = components_.components();
        how_.fill(request);
        CampaignOptions options;
        options.data = output_.data();
        how_.fill(options);
        login_.fill(options, workplace);
        store::SqliteStore store(options.data);
        rollout::Run run = new_run(std::move(request));
        store.add(run);
        return carry_through(std::move(options), std::move(run), store, output_, workplace);
    }

    std::string action_;
    TargetsOptions targets_;
    LoginOptions login_;
    ComponentOptions components_;
    HowOptions how_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_bmc()
{
    return std::make_unique<BmcCommand>();
}

} // namespace manager::cli
