#include "common/error.hpp"
#include "manager/cli/carry_through.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/run_operand.hpp"
#include "manager/cli/target_keys.hpp"
#include "manager/cli/unfinished.hpp"
#include "manager/cli/words.hpp"
#include "manager/store/sqlite_store.hpp"

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr std::size_t most_runs = 1'000; ///< looked at for one that is not finished

/// The newest run that is not finished and that nobody works on.
rollout::Run newest_open(const store::SqliteStore& store)
{
    bool running = false;
    rollout::Listing listing = store.list(most_runs);
    for (rollout::Run& run : listing.runs) {
        if (run.ended != 0)
            continue;
        if (!store.is_owned(run.id))
            return std::move(run);
        running = true;
    }
    throw Error(Trouble::invalid,
                running ? "resume: another manager works on the only run that is not finished"
                        : "resume: every run is finished, there is nothing to go on with",
                "'soapstone status' lists the runs");
}

class ResumeCommand final : public Command {
public:
    std::string_view name() const override { return "resume"; }
    std::string_view summary() const override
    {
        return "Go on with a run whose manager was stopped (default: the newest such run).";
    }
    std::string_view operands() const override { return "[RUN]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        run_.declare(options, operands);
        login_.declare(options);
        how_.declare(options);
        how_.declare_web(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        CampaignOptions options;
        options.data = output_.kept_data();
        how_.fill(options);
        store::SqliteStore store(options.data);
        const rollout::Run meant = run_.is_given() ? run_.find(store) : newest_open(store);
        if (meant.ended != 0)
            throw Error(Trouble::invalid,
                        "run " + short_id(meant) + " is finished, there is nothing to go on with",
                        "'soapstone status " + short_id(meant) + "' tells what came of it");
        check_components(store.find(meant.id).value());
        check_keys(open_targets(meant), nullptr);
        login_.fill(options, workplace);
        return carry_through(std::move(options), store.take_over(meant.id), store, output_, workplace);
    }

private:
    RunOperand run_;
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
