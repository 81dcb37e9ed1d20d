#include "manager/cli/summary.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/baseline/firmware_version.hpp"
#include "manager/cli/words.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/report.hpp"
#include "manager/target/node_range.hpp"

#include <algorithm>
#include <ostream>

namespace manager::cli {

namespace {

using rollout::Cluster;
using rollout::Outcome;
using rollout::Phase;
using rollout::Run;
using rollout::TargetState;

/// `reboot pending` for updated_reboot_pending and the like.
std::string spoken(Outcome outcome)
{
    std::string words(name_of(outcome));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string counts_line(const Run& run)
{
    const auto counts = rollout::count(run);
    std::vector<std::string> parts;
    for (const Outcome outcome : rollout::every_outcome)
        if (counts.at(outcome) > 0)
            parts.push_back(std::to_string(counts.at(outcome)) + " " + spoken(outcome));
    std::string line = counted(run.targets.size(), "target") + ": " + common::join(parts, ", ");
    if (run.ended > run.started)
        line += " (" + common::duration_text(std::chrono::milliseconds(run.ended - run.started)) + ")";
    return line;
}

std::string names_of(const Run& run, const std::vector<std::size_t>& targets)
{
    std::vector<std::string> names;
    for (const std::size_t target : targets)
        names.push_back(run.request.targets[target].name);
    return common::one_line(target::fold(names), 2'000);
}

/// " (BMC of host7)", " (its BMC: bmc7)": what to look at besides, or to go through. Empty for what has none.
std::string partners_of(const Run& run, const std::vector<std::size_t>& targets)
{
    std::vector<std::string> hosts;
    std::vector<std::string> bmcs;
    for (const std::size_t index : targets) {
        const target::Target& target = run.request.targets[index];
        if (!target.bmc.host.empty())
            hosts.push_back(target.bmc.host);
        if (!target.its_bmc.empty())
            bmcs.push_back(target.its_bmc);
    }
    std::vector<std::string> parts;
    if (!hosts.empty())
        parts.push_back((hosts.size() == 1 ? "BMC of " : "BMCs of ") + target::fold(hosts));
    if (!bmcs.empty())
        parts.push_back((bmcs.size() == 1 ? "its BMC: " : "their BMCs: ") + target::fold(bmcs));
    return parts.empty() ? std::string() : " (" + common::one_line(common::join(parts, "; "), 2'000) + ')';
}

/// Where the error itself names no way out.
std::string usual_way_out(const Run& run, const Cluster& cluster, const std::string& data_words)
{
    switch (cluster.outcome) {
    case Outcome::unreached:
        return "see that the target is up and can be reached, then run the same command again";
    case Outcome::interrupted:
    case Outcome::not_started:
    case Outcome::cancelled:
        return run.ended == 0 ? "go on with the run, as told below"
                              : "run the same command again for these targets";
    default:
        return "read the log: soapstone logs " + short_id(run) + " " +
               run.request.targets[cluster.targets.front()].name + data_words;
    }
}

void add_causes(const Run& run, const std::string& data_words, std::vector<std::string>& lines)
{
    for (const Cluster& cluster : rollout::clusters(run)) {
        std::string line = names_of(run, cluster.targets) + partners_of(run, cluster.targets) + ": " +
                           spoken(cluster.outcome);
        std::string cause = common::one_line(cluster.cause, 2'000);
        const std::string phase(name_of(cluster.failed_in));
        if (cluster.failed_in != Phase::waiting) {
            line += " while " + phase;
            if (cause.starts_with(phase + ": ")) // no need to say it twice
                cause.erase(0, phase.size() + 2);
        }
        lines.push_back(line + (cause.empty() ? "" : ": " + cause));
        lines.push_back("  what to do: " + (cluster.hint.empty() ? usual_way_out(run, cluster, data_words)
                                                                 : common::one_line(cluster.hint, 2'000)));
    }
}

bool is_newer(const std::string& there, const baseline::Component& wanted, bool on_bmc)
{
    return on_bmc ? baseline::compare_firmware_versions(there, wanted.version) == baseline::Order::newer
                  : baseline::compare_versions(wanted.kind, there, wanted.version) > 0;
}

/// Newer versions that were left as they are end well, but whoever wanted to go back has to hear of it.
void add_newer(const Run& run, std::vector<std::string>& lines)
{
    std::map<std::string, std::vector<std::size_t>> by_story;
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        for (std::size_t c = 0; c < run.targets[i].components.size(); ++c) {
            const baseline::Component& wanted = run.request.components[c];
            const rollout::ComponentState& state = run.targets[i].components[c];
            if (state.action.empty() || state.action == rollout::action_install ||
                state.version_before.empty())
                continue;
            const bool on_bmc = run.request.targets[i].connection == target::Connection::bmc;
            if (is_newer(state.version_before, wanted, on_bmc))
                by_story[rollout::title(wanted) + ": " + state.action].push_back(i);
        }
    for (const auto& [story, targets] : by_story)
        lines.push_back(names_of(run, targets) + ": " + story);
}

/// What is said about removal goes together for equal remains.
void add_remains(const Run& run, std::vector<std::string>& lines)
{
    std::map<std::vector<std::string>, std::vector<std::size_t>> by_remains;
    std::vector<std::size_t> no_logs;
    std::vector<std::size_t> not_looked;
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        const TargetState& state = run.targets[i];
        const bool on_bmc = run.request.targets[i].connection == target::Connection::bmc;
        if (state.touched && state.looked && state.left.empty() && !state.logs) {
            if (!on_bmc) // where there never are any
                no_logs.push_back(i);
        } else if (state.touched && state.looked)
            by_remains[state.left].push_back(i);
        else if (state.touched)
            not_looked.push_back(i);
    }
    for (const auto& [left, targets] : by_remains) {
        if (left.empty()) {
            lines.push_back("left: logs only, on " + counted(targets.size(), "target"));
            continue;
        }
        lines.push_back("left on " + names_of(run, targets) + ": " +
                        common::one_line(common::join(left, ", "), 2'000));
        lines.push_back("  what to do: soapstone cleanup -t '" + names_of(run, targets) + "'");
    }
    if (!no_logs.empty())
        lines.push_back("left on " + names_of(run, no_logs) + ": nothing, not even logs");
    if (!not_looked.empty())
        lines.push_back("left on " + names_of(run, not_looked) +
                        ": not known, nobody could look; an agent there removes itself within " +
                        common::duration_text(run.request.lease) + " after its work");
}

/// An installed package whose story was changed afterwards is no failure, but nobody should miss it.
void add_changed_logs(const Run& run, const std::string& data_words, std::vector<std::string>& lines)
{
    std::map<std::string, std::vector<std::size_t>> by_problem;
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        if (const auto& log = run.targets[i].log; log && !log->problem.empty())
            by_problem[log->problem].push_back(i);
    for (const auto& [problem, targets] : by_problem)
        lines.push_back("the log of " + names_of(run, targets) + " " + common::one_line(problem));
    if (!by_problem.empty())
        lines.push_back("  what to do: see who is root there; soapstone verify-log " + short_id(run) +
                        data_words);
}

} // namespace

std::vector<std::string> failures(const Run& run, const std::string& data_words)
{
    std::vector<std::string> lines;
    add_causes(run, data_words, lines);
    add_newer(run, lines);
    add_changed_logs(run, data_words, lines);
    add_remains(run, lines);
    return lines;
}

std::vector<std::string> summary(const Run& run, const std::filesystem::path& data,
                                 const std::string& data_words)
{
    std::vector<std::string> lines{counts_line(run)};
    for (std::string& line : failures(run, data_words))
        lines.push_back(std::move(line));
    const auto& targets = run.request.targets;
    lines.push_back("report: " + (data / "runs" / run.id / "report.json").string());
    lines.push_back("logs: soapstone logs " + short_id(run) + " " +
                    (targets.size() == 1 ? targets.front().name : "TARGET") + data_words);
    if (run.ended == 0)
        lines.push_back("to go on: soapstone resume " + short_id(run) + data_words);
    return lines;
}

void print_lines(const std::vector<std::string>& lines, std::ostream& out)
{
    for (const std::string& line : lines)
        out << line << '\n';
    out.flush();
}

} // namespace manager::cli
