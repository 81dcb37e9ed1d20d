#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/component_options.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/targets_options.hpp"
#include "manager/store/sqlite_store.hpp"

namespace manager::cli {

namespace {

class DeployCommand final : public Command {
public:
    std::string_view name() const override { return "deploy"; }
    std::string_view summary() const override
    {
        return "Install components on targets, and leave nothing behind.";
    }
    std::string_view operands() const override { return "COMPONENT..."; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
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
        rollout::Request request;
        request.targets = targets_.targets(login_.wishes(), workplace);
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

private:
    TargetsOptions targets_;
    LoginOptions login_;
    HowOptions how_;
    OutputOptions output_;
    ComponentOptions components_;
};

} // namespace

CommandHandle make_deploy()
{
    return std::make_unique<DeployCommand>();
}

} // namespace manager::cli
