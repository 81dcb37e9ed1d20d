#include "common/error.hpp"
#include "manager/cli/local_client.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/run_operand.hpp"
#include "manager/cli/words.hpp"
#include "manager/store/sqlite_store.hpp"

#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

class CancelCommand final : public Command {
public:
    std::string_view name() const override { return "cancel"; }
    std::string_view summary() const override
    {
        return "Make a manager at work stop: what runs on targets may finish; once more ends it.";
    }
    std::string_view operands() const override { return "RUN"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        run_.declare(options, operands);
        output_.declare_data(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        if (!run_.is_given())
            throw Error(Trouble::invalid, "cancel: no run is named", "'soapstone status' lists them");
        const std::filesystem::path data = output_.kept_data();
        const store::SqliteStore store(data);
        const rollout::Run run = run_.find(store);
        if (run.ended != 0)
            throw Error(Trouble::invalid, "run " + short_id(run) + " is over already");
        const std::optional<RunningManager> manager = manager_of(run.id, data);
        if (!manager)
            throw Error(Trouble::invalid, "no manager works on run " + short_id(run),
                        "'soapstone resume " + short_id(run) + "' goes on with it");
        LocalClient(*manager).cancel();
        workplace.out << "run " << short_id(run) << " is being cancelled; watch it with: soapstone status "
                      << short_id(run) << '\n';
        return ExitCode::ok;
    }

private:
    RunOperand run_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_cancel()
{
    return std::make_unique<CancelCommand>();
}

} // namespace manager::cli
