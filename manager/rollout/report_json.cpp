#include "common/clock.hpp"
#include "common/os/file.hpp"
#include "common/version.hpp"
#include "manager/rollout/exit_code.hpp"
#include "manager/rollout/report.hpp"
#include "manager/target/node_range.hpp"

#include <nlohmann/json.hpp>

#include <pwd.h>
#include <unistd.h>

namespace manager::rollout {

namespace {

using Json = nlohmann::ordered_json;

Json time(std::int64_t milliseconds)
{
    return milliseconds == 0 ? Json() : Json(common::utc_text(common::from_milliseconds(milliseconds)));
}

void put(Json& object, const char* name, const std::string& text)
{
    if (!text.empty())
        object[name] = text;
}

Json component_report(const baseline::Component& component, const ComponentState& state)
{
    Json object;
    object["name"] = component.name;
    object["kind"] = common::name_of(component.kind);
    put(object, "version", component.version);
    put(object, "action", state.action);
    put(object, "from", state.version_before);
    put(object, "to", state.version_after);
    object["verified"] = state.verified;
    put(object, "job", state.job);
    if (!state.report)
        return object;
    object["state"] = name_of(state.report->state);
    put(object, "result", state.report->result);
    if (state.report->exit_code)
        object["exit_code"] = *state.report->exit_code;
    if (state.report->signal)
        object["signal"] = *state.report->signal;
    put(object, "text", state.report->text);
    return object;
}

/// Null when the log of the target's agent was not fetched.
Json agent_log(const TargetState& state)
{
    if (!state.log)
        return nullptr;
    Json object;
    object["lines"] = state.log->lines;
    object["head"] = state.log->head;
    object["intact"] = state.log->problem.empty();
    put(object, "problem", state.log->problem);
    return object;
}

/// "logs only", "nothing" where not even they are, a list of what is left, or null when nobody could look.
Json left(const TargetState& state)
{
    if (!state.touched)
        return "nothing";
    if (!state.looked)
        return nullptr;
    return state.left.empty() ? Json(state.logs ? "logs only" : "nothing") : Json(state.left);
}

/// Null when none was ordered.
Json reboot_report(const RebootProgress& reboot)
{
    if (reboot.boot.empty())
        return nullptr;
    Json object;
    object["ordered"] = time(reboot.ordered);
    object["down"] = time(reboot.down);
    object["back"] = time(reboot.back);
    object["cancelled"] = reboot.cancelled;
    return object;
}

Json target_report(const Run& run, std::size_t index, const std::filesystem::path& logs)
{
    const TargetState& state = run.targets[index];
    const Outcome outcome = outcome_of(state);
    Json object;
    object["name"] = run.request.targets[index].name;
    object["host"] = run.request.targets[index].host;
    put(object, "bmc", run.request.targets[index].its_bmc);
    put(object, "bmc_of", run.request.targets[index].bmc.host);
    object["outcome"] = name_of(outcome);
    object["phase"] = name_of(state.phase);
    if (state.verdict && state.failed_in != Phase::waiting)
        object["failed_in"] = name_of(state.failed_in);
    if (state.trouble)
        object["trouble"] = common::name_of(*state.trouble);
    put(object, "text", state.text);
    put(object, "hint", state.hint);
    put(object, "os", state.os);
    put(object, "machine", state.machine);
    object["components"] = Json::array();
    for (std::size_t i = 0; i < state.components.size(); ++i)
        object["components"].push_back(component_report(run.request.components[i], state.components[i]));
    object["rebooted"] = state.reboot.back != 0;
    object["reboot"] = reboot_report(state.reboot);
    object["left"] = left(state);
    object["notices"] = state.notices;
    object["logs"] = logs.string();
    object["agent_log"] = agent_log(state);
    return object;
}

Json run_report(const Run& run)
{
    Json object;
    object["format"] = "soapstone-report/1";
    object["run"] = run.id;
    object["finished"] = run.ended != 0;
    object["who"] = text_of(this_workplace());
    object["started"] = time(run.started);
    object["ended"] = time(run.ended);
    object["version"] = common::version(); // of the manager; its agents are always of the same build
    object["protocol"] = common::protocol_version;
    object["manager_starts"] = run.epoch;
    object["exit_code"] = static_cast<int>(exit_code_of(run));
    object["exit_name"] = name_of(exit_code_of(run));
    object["counts"]["total"] = run.targets.size();
    for (const auto& [outcome, number] : count(run))
        object["counts"][std::string(name_of(outcome))] = number;
    object["components"] = Json::array();
    for (const baseline::Component& component : run.request.components) {
        Json entry;
        entry["name"] = component.name;
        entry["kind"] = common::name_of(component.kind);
        put(entry, "version", component.version);
        put(entry, "architecture", component.architecture);
        entry["sha256"] = component.sha256;
        entry["size"] = component.size;
        object["components"].push_back(std::move(entry));
    }
    return object;
}

Json cluster_report(const Run& run, const Cluster& cluster)
{
    std::vector<std::string> names;
    for (const std::size_t target : cluster.targets)
        names.push_back(run.request.targets[target].name);
    Json object;
    object["outcome"] = name_of(cluster.outcome);
    object["targets"] = target::fold(names);
    object["count"] = names.size();
    put(object, "cause", cluster.cause);
    put(object, "hint", cluster.hint);
    return object;
}

} // namespace

Workplace this_workplace()
{
    char host[256] = "?";
    ::gethostname(host, sizeof host - 1);
    passwd entry{};
    passwd* found = nullptr;
    char buffer[4'096];
    const int failed = ::getpwuid_r(::getuid(), &entry, buffer, sizeof buffer, &found);
    return {failed == 0 && found != nullptr ? entry.pw_name : std::to_string(::getuid()), host};
}

std::string text_of(const Workplace& place)
{
    return place.user + "@" + place.host;
}

std::string json_report(const Run& run, const std::filesystem::path& folder)
{
    Json object = run_report(run);
    object["causes"] = Json::array();
    for (const Cluster& cluster : clusters(run))
        object["causes"].push_back(cluster_report(run, cluster));
    const std::vector<std::string> names = folder_names(run.request.targets);
    object["targets"] = Json::array();
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        object["targets"].push_back(target_report(run, i, folder / names[i]));
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_report(const Run& run, const std::filesystem::path& folder)
{
    common::os::make_private_folder(folder);
    common::os::write_file_durably(folder / "report.json", json_report(run, folder));
}

} // namespace manager::rollout
