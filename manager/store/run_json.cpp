#include "manager/store/run_json.hpp"

#include "common/error.hpp"

#include <nlohmann/json.hpp>

namespace manager::store {

using nlohmann::json;

namespace {

json path_list(const std::vector<std::filesystem::path>& paths)
{
    json list = json::array();
    for (const std::filesystem::path& path : paths)
        list.push_back(path.string());
    return list;
}

json target_json(const target::Target& target)
{
    return {{"name", target.name},
            {"host", target.host},
            {"port", target.port},
            {"user", target.user},
            {"local", target.connection == target::Connection::local},
            {"sudo", target.become == target::Become::sudo},
            {"identities", path_list(target.identities)},
            {"groups", target.groups}};
}

target::Target target_from(const json& in)
{
    target::Target target;
    target.name = in.at("name");
    target.host = in.at("host");
    target.port = in.at("port");
    target.user = in.at("user");
    target.connection = in.at("local").get<bool>() ? target::Connection::local : target::Connection::ssh;
    target.become = in.at("sudo").get<bool>() ? target::Become::sudo : target::Become::none;
    for (const json& identity : in.at("identities"))
        target.identities.emplace_back(identity.get<std::string>());
    target.groups = in.at("groups").get<std::vector<std::string>>();
    return target;
}

json component_json(const baseline::Component& component)
{
    return {{"kind", common::name_of(component.kind)},
            {"name", component.name},
            {"version", component.version},
            {"architecture", component.architecture},
            {"file", component.file.string()},
            {"sha256", component.sha256},
            {"size", component.size},
            {"arguments", component.arguments}};
}

baseline::Component component_from(const json& in)
{
    baseline::Component component;
    component.kind = common::component_kind(in.at("kind").get<std::string>());
    component.name = in.at("name");
    component.version = in.at("version");
    component.architecture = in.at("architecture");
    component.file = in.at("file").get<std::string>();
    component.sha256 = in.at("sha256");
    component.size = in.at("size");
    component.arguments = in.at("arguments").get<std::vector<std::string>>();
    return component;
}

json report_json(const rollout::JobReport& report)
{
    return {{"job", report.job},
            {"state", rollout::name_of(report.state)},
            {"result", report.result},
            {"exit_code", report.exit_code ? json(*report.exit_code) : json(nullptr)},
            {"signal", report.signal ? json(*report.signal) : json(nullptr)},
            {"text", report.text}};
}

std::optional<int> number_or_nothing(const json& in)
{
    return in.is_null() ? std::nullopt : std::optional(in.get<int>());
}

rollout::JobReport report_from(const json& in)
{
    rollout::JobReport report;
    report.job = in.at("job");
    report.state = rollout::job_state_named(in.at("state").get<std::string>()).value();
    report.result = in.at("result");
    report.exit_code = number_or_nothing(in.at("exit_code"));
    report.signal = number_or_nothing(in.at("signal"));
    report.text = in.at("text");
    return report;
}

json state_json(const rollout::ComponentState& state)
{
    return {{"job", state.job},
            {"action", state.action},
            {"before", state.version_before},
            {"after", state.version_after},
            {"report", state.report ? report_json(*state.report) : json(nullptr)},
            {"verified", state.verified}};
}

rollout::ComponentState state_from(const json& in)
{
    rollout::ComponentState state;
    state.job = in.at("job");
    state.action = in.at("action");
    state.version_before = in.at("before");
    state.version_after = in.at("after");
    if (!in.at("report").is_null())
        state.report = report_from(in.at("report"));
    state.verified = in.at("verified");
    return state;
}

json outcome_json(const std::optional<rollout::Outcome>& outcome)
{
    return outcome ? json(rollout::name_of(*outcome)) : json(nullptr);
}

std::optional<rollout::Outcome> outcome_from(const json& in)
{
    return in.is_null() ? std::nullopt : rollout::outcome_named(in.get<std::string>());
}

/// Whatever the reading of a stored text throws, it means the same: the store is damaged.
template <typename Read>
auto reading(const std::string& text, Read read)
{
    try {
        return read(json::parse(text));
    } catch (const std::exception& problem) {
        throw common::Error(common::Trouble::invalid,
                            std::string("a record of the store cannot be understood: ") + problem.what());
    }
}

} // namespace

std::string to_json(const rollout::Request& request)
{
    json targets = json::array();
    for (const target::Target& target : request.targets)
        targets.push_back(target_json(target));
    json components = json::array();
    for (const baseline::Component& component : request.components)
        components.push_back(component_json(component));
    return json{{"targets", std::move(targets)},          {"components", std::move(components)},
                {"parallel", request.parallel},           {"lease", request.lease.count()},
                {"job_limit", request.job_limit.count()}, {"allow_downgrade", request.allow_downgrade}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

rollout::Request request_from_json(const std::string& text)
{
    return reading(text, [](const json& in) {
        rollout::Request request;
        for (const json& target : in.at("targets"))
            request.targets.push_back(target_from(target));
        for (const json& component : in.at("components"))
            request.components.push_back(component_from(component));
        request.parallel = in.at("parallel");
        request.lease = std::chrono::seconds(in.at("lease").get<std::int64_t>());
        request.job_limit = std::chrono::seconds(in.at("job_limit").get<std::int64_t>());
        request.allow_downgrade = in.at("allow_downgrade");
        return request;
    });
}

std::string to_json(const rollout::TargetState& state)
{
    json components = json::array();
    for (const rollout::ComponentState& component : state.components)
        components.push_back(state_json(component));
    return json{{"phase", rollout::name_of(state.phase)},
                {"outcome", outcome_json(state.outcome)},
                {"verdict", outcome_json(state.verdict)},
                {"text", state.text},
                {"hint", state.hint},
                {"failed_in", rollout::name_of(state.failed_in)},
                {"trouble", state.trouble ? json(static_cast<int>(*state.trouble)) : json(nullptr)},
                {"os", state.os},
                {"machine", state.machine},
                {"components", std::move(components)},
                {"last_seq", state.last_seq},
                {"notices", state.notices},
                {"touched", state.touched},
                {"left", state.left},
                {"looked", state.looked}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

rollout::TargetState target_state_from_json(const std::string& text)
{
    return reading(text, [](const json& in) {
        rollout::TargetState state;
        state.phase = rollout::phase_named(in.at("phase").get<std::string>()).value();
        state.outcome = outcome_from(in.at("outcome"));
        state.verdict = outcome_from(in.at("verdict"));
        state.text = in.at("text");
        state.hint = in.at("hint");
        state.failed_in = rollout::phase_named(in.at("failed_in").get<std::string>()).value();
        if (const auto trouble = number_or_nothing(in.at("trouble")))
            state.trouble = static_cast<common::Trouble>(*trouble);
        state.os = in.at("os");
        state.machine = in.at("machine");
        for (const json& component : in.at("components"))
            state.components.push_back(state_from(component));
        state.last_seq = in.at("last_seq");
        state.notices = in.at("notices").get<std::vector<std::string>>();
        state.touched = in.at("touched");
        state.left = in.at("left").get<std::vector<std::string>>();
        state.looked = in.at("looked");
        return state;
    });
}

} // namespace manager::store
