#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/rollout/exit_code.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/report.hpp"
#include "manager/target/node_range.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

/// What people call an outcome: `reboot pending` for updated_reboot_pending.
std::string spoken(Outcome outcome)
{
    std::string words(name_of(outcome));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string number_of_targets(std::size_t number)
{
    return std::to_string(number) + (number == 1 ? " target" : " targets");
}

std::string counts_line(const Run& run)
{
    const auto counts = count(run);
    std::vector<std::string> parts;
    for (const Outcome outcome : every_outcome)
        if (counts.at(outcome) > 0)
            parts.push_back(std::to_string(counts.at(outcome)) + " " + spoken(outcome));
    std::string line = number_of_targets(run.targets.size()) + ": " + common::join(parts, ", ");
    if (run.ended > run.started)
        line += " (" + common::duration_text(std::chrono::milliseconds(run.ended - run.started)) + ")";
    return line;
}

std::string names_of(const Run& run, const std::vector<std::size_t>& targets)
{
    std::vector<std::string> names;
    for (const std::size_t target : targets)
        names.push_back(run.request.targets[target].name);
    return target::fold(names);
}

void add_causes(const Run& run, std::vector<std::string>& lines)
{
    for (const Cluster& cluster : clusters(run)) {
        lines.push_back(names_of(run, cluster.targets) + ": " + spoken(cluster.outcome) +
                        (cluster.cause.empty() ? "" : ": " + cluster.cause));
        if (!cluster.hint.empty())
            lines.push_back("  " + cluster.hint);
    }
}

/// Newer versions that were left as they are end well, but whoever wanted to go back has to hear of it.
void add_newer(const Run& run, std::vector<std::string>& lines)
{
    std::map<std::string, std::vector<std::size_t>> by_story;
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        for (std::size_t c = 0; c < run.targets[i].components.size(); ++c) {
            const baseline::Component& wanted = run.request.components[c];
            const ComponentState& state = run.targets[i].components[c];
            if (state.action.empty() || state.action == action_install || state.version_before.empty())
                continue;
            if (baseline::compare_versions(wanted.kind, state.version_before, wanted.version) > 0)
                by_story[title(wanted) + ": " + state.action].push_back(i);
        }
    for (const auto& [story, targets] : by_story)
        lines.push_back(names_of(run, targets) + ": " + story);
}

/// What is said about removal goes together for equal remains.
void add_remains(const Run& run, std::vector<std::string>& lines)
{
    std::map<std::vector<std::string>, std::vector<std::size_t>> by_remains;
    std::vector<std::size_t> not_looked;
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        const TargetState& state = run.targets[i];
        if (state.touched && state.looked)
            by_remains[state.left].push_back(i);
        else if (state.touched)
            not_looked.push_back(i);
    }
    for (const auto& [left, targets] : by_remains)
        lines.push_back(left.empty() ? "left: logs only on " + number_of_targets(targets.size())
                                     : "left on " + names_of(run, targets) + ": " + common::join(left, ", "));
    if (!not_looked.empty())
        lines.push_back("left on " + names_of(run, not_looked) +
                        ": not known, nobody could look; an agent there removes itself within " +
                        common::duration_text(run.request.lease) + " after its work");
}

} // namespace

std::vector<std::string> summary(const Run& run)
{
    std::vector<std::string> lines{counts_line(run)};
    add_causes(run, lines);
    add_newer(run, lines);
    add_remains(run, lines);
    if (run.ended == 0)
        lines.push_back("to go on: soapstone resume " + run.id.substr(0, 8));
    return lines;
}

} // namespace manager::rollout
