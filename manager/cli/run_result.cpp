#include "manager/cli/run_result.hpp"

#include "manager/cli/campaign.hpp"
#include "manager/cli/inventory_text.hpp"
#include "manager/cli/summary.hpp"

#include <ostream>
#include <signal.h>

namespace manager::cli {

namespace {

void print_found(const rollout::Run& run, const std::filesystem::path& data, const OutputOptions& output,
                 std::ostream& out)
{
    const Inventories inventories = read_inventories(run, data);
    if (output.json()) {
        out << inventory_document(run, inventories) << std::flush;
        return;
    }
    print_lines(inventory_table(run, inventories), out);
    print_lines(failures(run, output.data_words()), out);
    print_lines({"all of it: " + (data / "runs" / run.id).string() + "/TARGET/inventory.json"}, out);
}

ExitCode code_of(const rollout::Run& run, const std::optional<int>& signal)
{
    if (!signal)
        return exit_code_of(run);
    return *signal == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
}

} // namespace

ExitCode print_result(const rollout::Run& run, const std::optional<int>& signal,
                      const std::filesystem::path& data, const OutputOptions& output,
                      const Workplace& workplace)
{
    if (run.request.components.empty())
        print_found(run, data, output, workplace.out);
    else if (!output.json())
        print_lines(summary(run, data, output.data_words()), workplace.out);
    return code_of(run, signal);
}

} // namespace manager::cli
