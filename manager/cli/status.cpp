#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/rollout/report.hpp"
#include "manager/store/sqlite_store.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <ostream>

namespace manager::cli {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_runs = 20;

std::string life(const rollout::Run& run, const store::SqliteStore& store)
{
    if (run.ended != 0)
        return "ended";
    return store.is_owned(run.id) ? "running" : "stopped";
}

std::string counts(const rollout::Run& run)
{
    std::map<std::string, std::size_t> found;
    for (const rollout::TargetState& state : run.targets)
        ++found[state_name(state)];
    std::vector<std::string> parts;
    for (const auto& [name, count] : found)
        parts.push_back(std::to_string(count) + " " + name);
    return common::join(parts, ", ");
}

ordered_json to_json(const rollout::Run& run, const store::SqliteStore& store)
{
    ordered_json targets = ordered_json::array();
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        const rollout::TargetState& state = run.targets[i];
        ordered_json target{{"target", run.request.targets.at(i).name}, {"phase", name_of(state.phase)}};
        if (state.outcome)
            target["outcome"] = name_of(*state.outcome);
        target["text"] = state.text;
        targets.push_back(std::move(target));
    }
    return {{"run", run.id},
            {"state", life(run, store)},
            {"started", common::utc_text(common::from_milliseconds(run.started))},
            {"targets", std::move(targets)}};
}

class StatusCommand final : public Command {
public:
    std::string_view name() const override { return "status"; }
    std::string_view summary() const override
    {
        return "Print how runs stand: the latest ones, or one in detail.";
    }
    std::string_view operands() const override { return "[RUN]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        options.add_options()("run", po::value(&run_)->value_name("RUN"), "beginning of its id, or 'latest'");
        operands.add("run", 1);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        const store::SqliteStore store(output_.data());
        std::vector<rollout::Run> runs;
        if (run_.empty())
            runs = store.list(most_runs);
        else
            runs.push_back(store.resolve(run_ == "latest" ? "" : run_));
        if (output_.json())
            print_json(runs, store, workplace.out);
        else if (run_.empty())
            print_list(runs, store, workplace.out);
        else
            print_run(runs.front(), store, workplace.out);
        return ExitCode::ok;
    }

private:
    static void print_json(const std::vector<rollout::Run>& runs, const store::SqliteStore& store,
                           std::ostream& out)
    {
        ordered_json document{{"format", "soapstone-status/1"}, {"runs", ordered_json::array()}};
        for (const rollout::Run& run : runs)
            document["runs"].push_back(to_json(run, store));
        out << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
    }

    static void print_list(const std::vector<rollout::Run>& runs, const store::SqliteStore& store,
                           std::ostream& out)
    {
        if (runs.empty())
            out << "no runs yet\n";
        for (const rollout::Run& run : runs)
            out << run.id.substr(0, 8) << "  " << common::utc_text(common::from_milliseconds(run.started))
                << "  " << life(run, store) << "  " << counts(run) << '\n';
    }

    static void print_run(const rollout::Run& run, const store::SqliteStore& store, std::ostream& out)
    {
        out << "run " << run.id << ", " << life(run, store) << '\n';
        for (std::size_t i = 0; i < run.targets.size(); ++i)
            out << run.request.targets.at(i).name << ": " << state_name(run.targets[i]) << "  "
                << common::one_line(run.targets[i].text) << '\n';
        if (run.ended != 0)
            for (const std::string& line : rollout::summary(run))
                out << line << '\n';
        else if (!store.is_owned(run.id))
            out << "go on with: soapstone resume " << run.id.substr(0, 8) << '\n';
    }

    std::string run_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_status()
{
    return std::make_unique<StatusCommand>();
}

} // namespace manager::cli
