#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/bmc_visit.hpp"
#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/deploy_options.hpp"

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr const char* actions = "discover, inventory, logs, reset, update";

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
        options.add_options()("action", po::value(&action_)->value_name("ACTION"), actions);
        operands.add("action", 1);
        deploy_.declare(options, operands);
        deploy_.declare_places(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        const std::optional<BmcAction> action = bmc_action_named(action_);
        if (!action && action_ != "update")
            throw Error(Trouble::invalid,
                        "bmc: " + (action_.empty() ? std::string("what is to be done?")
                                                   : "there is no '" + common::one_line(action_, 40) + '\''),
                        std::string("possible: ") + actions);
        if (!action)
            return update(workplace);
        if (deploy_.has_components())
            throw Error(Trouble::invalid, "bmc " + action_ + " takes no files",
                        "BMCs are named with -t or -f; 'soapstone bmc update' takes files");
        const std::vector<target::Target> targets = deploy_.run().targets(workplace);
        return visit_bmcs(*action, targets, deploy_.campaign(output_.data(), workplace), output_.json(),
                          workplace);
    }

private:
    ExitCode update(Workplace& workplace)
    {
        if (!deploy_.has_components())
            throw Error(Trouble::invalid, "bmc update: no firmware", "name its files, or --baseline DIR");
        rollout::Request request = deploy_.request(workplace);
        return carry_out(deploy_.campaign(output_.data(), workplace), std::move(request), output_, workplace);
    }

    std::string action_;
    DeployOptions deploy_{RunOptions::Meant::bmcs};
    OutputOptions output_;
};

} // namespace

CommandHandle make_bmc()
{
    return std::make_unique<BmcCommand>();
}

} // namespace manager::cli
