#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/campaign.hpp"
#include "manager/cli/local_client.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/run_operand.hpp"
#include "manager/cli/summary.hpp"
#include "manager/cli/words.hpp"
#include "manager/rollout/report.hpp"
#include "manager/store/sqlite_store.hpp"
#include "manager/target/node_range.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <ostream>

namespace manager::cli {

namespace {

using nlohmann::ordered_json;
using rollout::Run;

constexpr std::size_t most_runs = 20;

/// A manager, as it answers. That it does not just now is worth a sentence, not a failure.
struct Asked {
    const RunningManager* manager = nullptr; ///< null: there is none
    std::optional<ManagerStatus> told;
    std::string problem;
};

/// How a run stands, and the manager that works on it.
struct Standing {
    std::string state;   ///< finished, running or interrupted
    bool paused = false; ///< no more of its targets are begun
    Asked manager;
};

std::string state_text(const Standing& standing)
{
    return standing.state + (standing.paused ? ", paused" : "");
}

Asked ask(const RunningManager* manager)
{
    Asked asked{manager, std::nullopt, {}};
    if (manager == nullptr)
        return asked; // it is about to start or to end
    try {
        asked.told = LocalClient(*manager).status();
    } catch (const common::Error& error) {
        asked.problem = error.text();
    }
    return asked;
}

/// The manager of `run`; of none: the one that serves the folder.
const RunningManager* manager_of(const std::string& run, const std::vector<RunningManager>& managers)
{
    const RunningManager* found = nullptr;
    for (const RunningManager& manager : managers)
        if (manager.run == run || (manager.run.empty() && found == nullptr))
            found = &manager;
    return found;
}

Standing standing_of(const Run& run, const store::SqliteStore& store, const std::filesystem::path& data,
                     const std::vector<RunningManager>& managers)
{
    Standing standing;
    standing.state = run.ended != 0 ? "finished" : store.is_owned(run.id) ? "running" : "interrupted";
    standing.paused = run.ended == 0 && std::filesystem::exists(paused_file(data / "runs" / run.id));
    if (standing.state == "running")
        standing.manager = ask(manager_of(run.id, managers));
    return standing;
}

std::map<std::string, std::size_t> counts_of(const Run& run)
{
    std::map<std::string, std::size_t> found;
    for (const rollout::TargetState& state : run.targets)
        ++found[state_name(state)];
    return found;
}

std::string counts_text(const Run& run)
{
    std::vector<std::string> parts;
    for (const auto& [name, count] : counts_of(run))
        parts.push_back(std::to_string(count) + " " + name);
    return common::join(parts, ", ");
}

std::string port_text(const ListeningPort& port)
{
    const bool colons = port.address.find(':') != std::string::npos;
    return port.purpose + " " + (colons ? "[" + port.address + "]" : port.address) +
           (port.address.empty() ? "" : ":") + std::to_string(port.port) +
           (port.port == port.wanted ? "" : " (" + std::to_string(port.wanted) + " was taken)");
}

std::vector<std::string> manager_lines(const Asked& asked)
{
    if (asked.manager == nullptr)
        return {};
    std::string line = "manager: pid " + std::to_string(asked.manager->pid);
    if (!asked.problem.empty())
        return {line + " does not answer: " + common::one_line(asked.problem)};
    std::vector<std::string> ports;
    for (const ListeningPort& port : asked.told->ports)
        ports.push_back(port_text(port));
    return {line + ", version " + asked.told->version, "ports: " + common::join(ports, ", ")};
}

ordered_json manager_json(const Asked& asked)
{
    ordered_json out{{"pid", asked.manager->pid}};
    if (!asked.told) {
        out["problem"] = asked.problem;
        return out;
    }
    out["version"] = asked.told->version;
    out["started"] = common::utc_text(common::from_milliseconds(asked.told->started));
    out["ports"] = ordered_json::array();
    for (const ListeningPort& port : asked.told->ports)
        out["ports"].push_back({{"purpose", port.purpose},
                                {"address", port.address},
                                {"port", port.port},
                                {"wanted", port.wanted}});
    return out;
}

ordered_json target_json(const Run& run, std::size_t index)
{
    const rollout::TargetState& state = run.targets[index];
    const target::Target& named = run.request.targets.at(index);
    ordered_json target{{"target", named.name}, {"phase", name_of(state.phase)}};
    if (!named.its_bmc.empty())
        target["bmc"] = named.its_bmc;
    if (!named.bmc.host.empty())
        target["bmc_of"] = named.bmc.host;
    if (state.outcome)
        target["outcome"] = name_of(*state.outcome);
    target["text"] = state.text;
    if (state.log)
        target["agent_log"] = {
            {"lines", state.log->lines}, {"head", state.log->head}, {"intact", state.log->problem.empty()}};
    if (!state.hint.empty())
        target["hint"] = state.hint;
    return target;
}

ordered_json run_json(const Run& run, const Standing& standing)
{
    ordered_json out{{"run", run.id},
                     {"state", standing.state},
                     {"paused", standing.paused},
                     {"started", common::utc_text(common::from_milliseconds(run.started))}};
    if (run.ended != 0) {
        out["ended"] = common::utc_text(common::from_milliseconds(run.ended));
        out["exit_code"] = static_cast<int>(rollout::exit_code_of(run));
    }
    if (standing.manager.manager != nullptr)
        out["manager"] = manager_json(standing.manager);
    out["counts"] = counts_of(run);
    out["targets"] = ordered_json::array();
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        out["targets"].push_back(target_json(run, i));
    return out;
}

/// Targets that stand alike share a row; where their names are too long for a column, they get a line above
/// it.
std::vector<std::string> target_table(const Run& run)
{
    constexpr std::size_t widest = 40;
    std::vector<std::string> causes;
    std::vector<std::string> stories;
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        causes.push_back(rollout::cause_of(run.targets[i].text, run.request.targets.at(i)));
        stories.push_back(state_name(run.targets[i]) + '\n' + causes.back());
    }
    std::vector<std::vector<std::string>> rows{{"TARGET", "STATE", "WHAT"}};
    std::vector<std::string> above{""}; // by row
    for (const std::vector<std::size_t>& targets : alike(stories)) {
        std::vector<std::string> list;
        for (const std::size_t target : targets)
            list.push_back(run.request.targets.at(target).name);
        const std::string names = common::one_line(target::fold(list), 20'000);
        const bool fits = width_of(names) <= widest;
        const std::size_t first = targets.front();
        const std::string& text = targets.size() == 1 ? run.targets[first].text : causes[first];
        rows.push_back({fits ? names : "", state_name(run.targets[first]), common::one_line(text, 2'000)});
        above.push_back(fits ? "" : names + '\n');
    }
    std::vector<std::string> lines = aligned(rows);
    for (std::size_t i = 0; i < lines.size(); ++i)
        lines[i].insert(0, above[i]);
    return lines;
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
        run_.declare(options, operands);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        if (!run_.is_given() && !store::SqliteStore::is_there(output_.data_folder()))
            return print_none(workplace.out);
        const std::filesystem::path data = output_.kept_data();
        const store::SqliteStore store(data);
        rollout::Listing listing;
        if (run_.is_given())
            listing.runs.push_back(run_.find(store));
        else
            listing = store.list(most_runs);
        const std::vector<Run>& runs = listing.runs;
        for (const auto& [id, why] : listing.unreadable)
            workplace.err << "run " << id.substr(0, 8)
                          << " cannot be read and is left as it is: " << common::one_line(why) << '\n';
        const std::vector<RunningManager> managers = running_managers(data);
        std::vector<Standing> standings;
        for (const Run& run : runs)
            standings.push_back(standing_of(run, store, data, managers));
        const Asked server = ask(run_.is_given() ? nullptr : manager_of({}, managers));
        if (!output_.json())
            print_lines(manager_lines(server), workplace.out);
        if (output_.json())
            print_json(runs, standings, server, workplace.out);
        else if (run_.is_given())
            print_run(runs.front(), standings.front(), data, workplace.out);
        else
            print_list(runs, standings, workplace.out);
        return ExitCode::ok;
    }

private:
    /// Nothing was ever kept there, and looking is no reason to begin.
    ExitCode print_none(std::ostream& out) const
    {
        if (output_.json())
            print_json({}, {}, {}, out);
        else
            print_list({}, {}, out);
        return ExitCode::ok;
    }

    static void print_json(const std::vector<Run>& runs, const std::vector<Standing>& standings,
                           const Asked& server, std::ostream& out)
    {
        ordered_json document{{"format", "soapstone-status/1"}, {"runs", ordered_json::array()}};
        if (server.manager != nullptr)
            document["manager"] = manager_json(server);
        for (std::size_t i = 0; i < runs.size(); ++i)
            document["runs"].push_back(run_json(runs[i], standings[i]));
        out << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
    }

    void print_list(const std::vector<Run>& runs, const std::vector<Standing>& standings,
                    std::ostream& out) const
    {
        if (runs.empty()) {
            out << "no runs yet in " << output_.data_folder().string() << '\n';
            return;
        }
        std::vector<std::vector<std::string>> rows{{"RUN", "STARTED", "STATE", "TARGETS"}};
        for (std::size_t i = 0; i < runs.size(); ++i)
            rows.push_back({short_id(runs[i]), time_text(runs[i].started), state_text(standings[i]),
                            std::to_string(runs[i].targets.size()) + ": " + counts_text(runs[i])});
        print_lines(aligned(rows), out);
    }

    void print_run(const Run& run, const Standing& standing, const std::filesystem::path& data,
                   std::ostream& out) const
    {
        out << "run " << run.id << ": " << state_text(standing) << ", started " << time_text(run.started)
            << '\n';
        print_lines(manager_lines(standing.manager), out);
        print_lines(target_table(run), out);
        if (standing.state != "running")
            print_lines(cli::summary(run, data, output_.data_words()), out);
    }

    RunOperand run_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_status()
{
    return std::make_unique<StatusCommand>();
}

} // namespace manager::cli
