#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/targets_options.hpp"
#include "manager/store/sqlite_store.hpp"

namespace manager::cli {

namespace {

class InventoryCommand final : public Command {
public:
    std::string_view name() const override { return "inventory"; }
    std::string_view summary() const override
    {
        return "Tell what there is on targets: system, hardware, packages. Changes nothing.";
    }

    void declare(po::options_description& options, po::positional_options_description&) override
    {
        targets_.declare(options);
        login_.declare_user(options);
        login_.declare(options);
        how_.declare_run(options);
        how_.declare(options);
        how_.declare_web(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        rollout::Request request;
        request.targets = targets_.targets(login_.wishes(), workplace);
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
};

} // namespace

CommandHandle make_inventory()
{
    return std::make_unique<InventoryCommand>();
}

} // namespace manager::cli
