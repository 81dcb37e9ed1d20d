#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/store/sqlite_store.hpp"

namespace manager::cli {

namespace {

class ResumeCommand final : public Command {
public:
    std::string_view name() const override { return "resume"; }
    std::string_view summary() const override { return "Go on with a run whose manager was stopped."; }
    std::string_view operands() const override { return "[RUN]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        auto option = options.add_options();
        option("run", po::value(&run_)->value_name("RUN"), "beginning of its id (default: the latest)");
        operands.add("run", 1);
        login_.declare(options);
        how_.declare(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        CampaignOptions options;
        options.data = output_.data();
        how_.fill(options);
        store::SqliteStore store(options.data);
        const std::string id = store.resolve(run_ == "latest" ? "" : run_).id;
        login_.fill(options, workplace);
        rollout::Run run = store.take_over(id);
        const Carried carried = carry_through(std::move(options), std::move(run), store, output_, workplace);
        print_summary(carried.run, output_, workplace);
        return carried.code;
    }

private:
    std::string run_;
    LoginOptions login_;
    HowOptions how_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_resume()
{
    return std::make_unique<ResumeCommand>();
}

} // namespace manager::cli
