#include "common/text.hpp"
#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/targets_options.hpp"
#include "manager/store/sqlite_store.hpp"

#include <ostream>

namespace manager::cli {

namespace {

class InventoryCommand final : public Command {
public:
    std::string_view name() const override { return "inventory"; }
    std::string_view summary() const override { return "Look at targets without changing anything."; }

    void declare(po::options_description& options, po::positional_options_description&) override
    {
        targets_.declare(options);
        login_.declare_user(options);
        login_.declare(options);
        how_.declare_request(options);
        how_.declare(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        rollout::Request request;
        request.targets = targets_.targets(login_.defaults(), workplace.in);
        how_.fill(request);
        CampaignOptions options;
        options.data = output_.data();
        how_.fill(options);
        login_.fill(options, workplace);
        store::SqliteStore store(options.data);
        rollout::Run run = new_run(std::move(request));
        store.add(run);
        const Carried carried = carry_through(std::move(options), std::move(run), store, output_, workplace);
        if (!output_.json())
            print(carried.run, workplace.out);
        return carried.code == ExitCode::not_required ? ExitCode::ok : carried.code;
    }

private:
    static void print(const rollout::Run& run, std::ostream& out)
    {
        for (std::size_t i = 0; i < run.targets.size(); ++i) {
            const rollout::TargetState& state = run.targets[i];
            out << run.request.targets[i].name << '\t';
            if (state.os.empty())
                out << state_name(state) << ": " << common::one_line(state.text) << '\n';
            else
                out << common::one_line(state.os) << '\t' << common::one_line(state.machine) << '\n';
        }
    }

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
