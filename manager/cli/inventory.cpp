#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/run_options.hpp"

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
        run_.declare(options);
        run_.declare_places(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        rollout::Request request = run_.request(workplace);
        return carry_out(run_.campaign(output_.data(), workplace), std::move(request), output_, workplace);
    }

private:
    RunOptions run_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_inventory()
{
    return std::make_unique<InventoryCommand>();
}

} // namespace manager::cli
