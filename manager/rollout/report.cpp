#include "manager/rollout/report.hpp"

#include "common/clock.hpp"
#include "common/os/file.hpp"
#include "common/version.hpp"
#include "manager/rollout/exit_code.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace manager::rollout {

namespace {

using nlohmann::json;

/// Failures with the same cause on many targets are one line each below their cause, up to this many.
constexpr std::size_t most_names = 20;

std::string when(std::int64_t milliseconds)
{
    return common::utc_text(common::from_milliseconds(milliseconds));
}

bool is_success(Outcome outcome)
{
    return outcome == Outcome::updated || outcome == Outcome::updated_reboot_pending ||
           outcome == Outcome::nothing_needed;
}

std::string counts(const Run& run)
{
    std::string line = std::to_string(run.targets.size()) + " targets:";
    const char* separator = " ";
    for (const Outcome outcome : every_outcome) {
        const auto count =
            std::count_if(run.targets.begin(), run.targets.end(),
                          [&](const TargetState& target) { return target.outcome == outcome; });
        if (count == 0)
            continue;
        line += separator + std::to_string(count) + ' ' + std::string(name_of(outcome));
        separator = ", ";
    }
    const auto open = std::count_if(run.targets.begin(), run.targets.end(),
                                    [](const TargetState& target) { return !target.outcome; });
    if (open > 0)
        line += separator + std::to_string(open) + " unfinished";
    return line;
}

struct Cause {
    std::string text;
    std::string hint;
    std::vector<std::string> targets;
};

std::vector<Cause> causes(const Run& run)
{
    std::vector<Cause> list;
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        const TargetState& target = run.targets[i];
        if (!target.outcome || is_success(*target.outcome))
            continue;
        const std::string text = std::string(name_of(*target.outcome)) + " in " +
                                 std::string(name_of(target.failed_in)) + ": " + target.text;
        auto same =
            std::find_if(list.begin(), list.end(), [&](const Cause& cause) { return cause.text == text; });
        if (same == list.end())
            same = list.insert(list.end(), Cause{text, target.hint, {}});
        same->targets.push_back(run.request.targets[i].name);
    }
    return list;
}

std::string names(const std::vector<std::string>& targets)
{
    std::string line;
    for (std::size_t i = 0; i < std::min(targets.size(), most_names); ++i)
        line += (i == 0 ? "" : ", ") + targets[i];
    if (targets.size() > most_names)
        line += " and " + std::to_string(targets.size() - most_names) + " more";
    return line;
}

void add_left(const Run& run, std::vector<std::string>& lines)
{
    std::size_t clean = 0;
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        const TargetState& target = run.targets[i];
        if (!target.touched || !target.outcome)
            continue;
        if (target.looked && target.left.empty())
            ++clean;
        for (const std::string& thing : target.left)
            lines.push_back("left on " + run.request.targets[i].name + ": " + thing);
        if (!target.looked)
            lines.push_back("left on " + run.request.targets[i].name +
                            ": not known, it could not be looked at");
    }
    if (clean > 0)
        lines.push_back("left: logs only (" + std::to_string(clean) + (clean == 1 ? " target" : " targets") +
                        " looked at)");
}

json component_json(const baseline::Component& component, const ComponentState& state)
{
    json out{{"name", component.name},
             {"file", component.file.filename().string()},
             {"sha256", component.sha256},
             {"action", state.action},
             {"from", state.version_before},
             {"to", component.version},
             {"found", state.version_after},
             {"verified", state.verified},
             {"job", state.job}};
    if (state.report) {
        out["state"] = name_of(state.report->state);
        out["result"] = state.report->result;
        out["text"] = state.report->text;
        if (state.report->exit_code)
            out["exit_code"] = *state.report->exit_code;
        if (state.report->signal)
            out["signal"] = *state.report->signal;
    }
    return out;
}

json target_json(const Run& run, std::size_t index)
{
    const TargetState& state = run.targets[index];
    json out{{"name", run.request.targets[index].name},
             {"phase", name_of(state.phase)},
             {"text", state.text},
             {"hint", state.hint},
             {"os", state.os},
             {"machine", state.machine},
             {"notices", state.notices},
             {"looked", state.looked},
             {"left", state.left}};
    out["outcome"] = state.outcome ? json(name_of(*state.outcome)) : json(nullptr);
    if (state.outcome && !is_success(*state.outcome))
        out["failed_in"] = name_of(state.failed_in);
    json components = json::array();
    for (std::size_t i = 0; i < state.components.size(); ++i)
        components.push_back(component_json(run.request.components[i], state.components[i]));
    out["components"] = std::move(components);
    return out;
}

} // namespace

std::vector<std::string> summary(const Run& run)
{
    std::vector<std::string> lines{counts(run)};
    for (const Cause& cause : causes(run)) {
        lines.push_back(names(cause.targets) + ": " + cause.text);
        if (!cause.hint.empty())
            lines.push_back("  what to do: " + cause.hint);
    }
    add_left(run, lines);
    if (std::any_of(run.targets.begin(), run.targets.end(), [](const TargetState& t) { return !t.outcome; }))
        lines.push_back("to go on: soapstone resume " + run.id.substr(0, 8));
    return lines;
}

void write_report(const Run& run, const std::filesystem::path& folder)
{
    json targets = json::array();
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        targets.push_back(target_json(run, i));
    json report{{"format", "soapstone-report/1"},
                {"version", common::version()},
                {"run", run.id},
                {"epoch", run.epoch},
                {"started", when(run.started)},
                {"ended", run.ended == 0 ? json(nullptr) : json(when(run.ended))},
                {"exit_code", static_cast<int>(exit_code_of(run))},
                {"targets", std::move(targets)}};
    common::os::make_private_folder(folder);
    // What targets said may hold any bytes; a report must be readable whatever they said.
    common::os::write_file_durably(folder / "report.json",
                                   report.dump(2, ' ', false, json::error_handler_t::replace) + '\n');
}

} // namespace manager::rollout
