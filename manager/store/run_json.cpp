#include "manager/store/run_json.hpp"

#include "common/error.hpp"
#include "manager/store/firmware_json.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace manager::store {

namespace {

using common::Error;
using common::Trouble;
using Json = nlohmann::json;

Error damaged(const std::string& what)
{
    return {Trouble::rejected, "the stored run is damaged: " + what};
}

/// Sets `value` when the member is there.
template <typename Value>
void get(const Json& object, const char* name, Value& value)
{
    if (const auto member = object.find(name); member != object.end() && !member->is_null())
        member->get_to(value);
}

template <typename Value>
void get(const Json& object, const char* name, std::optional<Value>& value)
{
    if (const auto member = object.find(name); member != object.end() && !member->is_null())
        value = member->get<Value>();
}

/// Sets `value` to what `named` knows by the member's text.
template <typename Value, typename Named>
void get_named(const Json& object, const char* name, Value& value, Named named)
{
    const auto member = object.find(name);
    if (member == object.end() || member->is_null())
        return;
    const auto known = named(member->get<std::string>());
    if (!known)
        throw damaged("unknown " + std::string(name) + " " + member->dump());
    value = *known;
}

std::vector<std::string> texts(const std::vector<std::filesystem::path>& paths)
{
    return {paths.begin(), paths.end()};
}

/// Nothing for what libssh2 may begin.
std::optional<std::string> word_of(target::SshProgram program)
{
    switch (program) {
    case target::SshProgram::libssh2:
        return "libssh2";
    case target::SshProgram::openssh:
        return "openssh";
    case target::SshProgram::automatic:
        break;
    }
    return std::nullopt;
}

std::optional<target::SshProgram> ssh_program_named(const std::string& name)
{
    for (const auto program : {target::SshProgram::libssh2, target::SshProgram::openssh})
        if (word_of(program) == name)
            return program;
    return std::nullopt;
}

/// Null for what is no BMC.
Json json(target::Connection connection, const target::Bmc& bmc)
{
    if (connection != target::Connection::bmc)
        return {};
    Json object{{"pull", target::word_for(target::bmc_pulls, bmc.pull)},
                {"legacy_tls", bmc.legacy_tls},
                {"host", bmc.host}};
    if (bmc.method)
        object["method"] = target::word_for(target::bmc_methods, *bmc.method);
    return object;
}

void take_bmc(const Json& object, target::Target& target)
{
    if (!object.is_object())
        return;
    target.connection = target::Connection::bmc;
    get_named(object, "pull", target.bmc.pull,
              [](const std::string& word) { return target::named(target::bmc_pulls, word); });
    if (object.contains("method"))
        target.bmc.method = target::named(target::bmc_methods, object["method"].get<std::string>());
    get(object, "legacy_tls", target.bmc.legacy_tls);
    get(object, "host", target.bmc.host);
}

Json json(const target::Target& target)
{
    Json object{{"name", target.name},
                {"host", target.host},
                {"port", target.port},
                {"user", target.user},
                {"local", target.connection == target::Connection::local},
                {"smb", target.connection == target::Connection::smb},
                {"bmc", json(target.connection, target.bmc)},
                {"domain", target.smb.domain},
                {"kerberos", target.smb.kerberos},
                {"netbios", target.smb.netbios},
                {"allow_smb2", target.smb.allow_smb2},
                {"sudo", target.become == target::Become::sudo},
                {"su", target.become == target::Become::su},
                {"identities", texts(target.identities)},
                {"groups", target.groups},
                {"configured_identities", texts(target.configured_identities)},
                {"identities_only", target.identities_only},
                {"host_key_alias", target.host_key_alias},
                {"known_hosts", texts(target.known_hosts)},
                {"proxy_command", target.proxy_command},
                {"jumps", Json::array()}};
    if (!target.its_bmc.empty())
        object["its_bmc"] = target.its_bmc;
    if (const auto program = word_of(target.ssh))
        object["ssh"] = *program;
    for (const target::Target& jump : target.jumps)
        object["jumps"].push_back(json(jump));
    return object;
}

std::vector<std::filesystem::path> paths(const Json& object, const char* name)
{
    const auto list = object.value(name, std::vector<std::string>());
    return {list.begin(), list.end()};
}

target::Target target_of(const Json& object)
{
    target::Target target;
    get(object, "name", target.name);
    get(object, "host", target.host);
    get(object, "port", target.port);
    get(object, "user", target.user);
    if (object.value("local", false))
        target.connection = target::Connection::local;
    if (object.value("smb", false))
        target.connection = target::Connection::smb;
    take_bmc(object.value("bmc", Json()), target);
    get(object, "its_bmc", target.its_bmc);
    get(object, "domain", target.smb.domain);
    get(object, "kerberos", target.smb.kerberos);
    get(object, "netbios", target.smb.netbios);
    get(object, "allow_smb2", target.smb.allow_smb2);
    if (object.value("sudo", false))
        target.become = target::Become::sudo;
    if (object.value("su", false))
        target.become = target::Become::su;
    get_named(object, "ssh", target.ssh, ssh_program_named);
    target.identities = paths(object, "identities");
    get(object, "groups", target.groups);
    target.configured_identities = paths(object, "configured_identities");
    get(object, "identities_only", target.identities_only);
    get(object, "host_key_alias", target.host_key_alias);
    target.known_hosts = paths(object, "known_hosts");
    get(object, "proxy_command", target.proxy_command);
    for (const Json& jump : object.value("jumps", Json::array()))
        target.jumps.push_back(target_of(jump));
    return target;
}

Json json(const baseline::Component& component)
{
    Json object{{"kind", common::name_of(component.kind)},
                {"name", component.name},
                {"version", component.version},
                {"architecture", component.architecture},
                {"code", component.code},
                {"file", component.file.string()},
                {"sha256", component.sha256},
                {"size", component.size},
                {"arguments", component.arguments}};
    if (component.firmware)
        object["firmware"] = firmware_json(*component.firmware);
    return object;
}

baseline::Component component_of(const Json& object)
{
    baseline::Component component;
    component.kind = common::component_kind(object.at("kind").get<std::string>());
    get(object, "name", component.name);
    get(object, "version", component.version);
    get(object, "architecture", component.architecture);
    get(object, "code", component.code);
    component.file = object.at("file").get<std::string>();
    get(object, "sha256", component.sha256);
    get(object, "size", component.size);
    get(object, "arguments", component.arguments);
    if (const auto firmware = object.find("firmware"); firmware != object.end())
        component.firmware = firmware_from_json(*firmware);
    return component;
}

Json json(const rollout::JobReport& report)
{
    Json object{{"job", report.job},
                {"state", rollout::name_of(report.state)},
                {"result", report.result},
                {"text", report.text}};
    if (report.exit_code)
        object["exit_code"] = *report.exit_code;
    if (report.signal)
        object["signal"] = *report.signal;
    return object;
}

rollout::JobReport report_of(const Json& object)
{
    rollout::JobReport report;
    get(object, "job", report.job);
    get_named(object, "state", report.state, rollout::job_state_named);
    get(object, "result", report.result);
    get(object, "exit_code", report.exit_code);
    get(object, "signal", report.signal);
    get(object, "text", report.text);
    return report;
}

Json json(const rollout::ComponentState& state)
{
    Json object{{"job", state.job},
                {"action", state.action},
                {"before", state.version_before},
                {"after", state.version_after},
                {"verified", state.verified},
                {"has_device", state.has_device}};
    if (state.report)
        object["report"] = json(*state.report);
    return object;
}

rollout::ComponentState component_state_of(const Json& object)
{
    rollout::ComponentState state;
    get(object, "job", state.job);
    get(object, "action", state.action);
    get(object, "before", state.version_before);
    get(object, "after", state.version_after);
    get(object, "verified", state.verified);
    get(object, "has_device", state.has_device);
    if (const auto report = object.find("report"); report != object.end() && !report->is_null())
        state.report = report_of(*report);
    return state;
}

Json json(const rollout::LogProof& log)
{
    return {{"lines", log.lines}, {"head", log.head}, {"problem", log.problem}};
}

rollout::LogProof log_proof_of(const Json& object)
{
    rollout::LogProof log;
    get(object, "lines", log.lines);
    get(object, "head", log.head);
    get(object, "problem", log.problem);
    return log;
}

Json json(const rollout::RebootRules& rules)
{
    Json object{{"policy", rollout::name_of(rules.policy)},
                {"message", rules.message},
                {"timeout", rules.timeout.count()}};
    if (rules.delay)
        object["delay"] = rules.delay->count();
    return object;
}

rollout::RebootRules reboot_rules_of(const Json& object)
{
    rollout::RebootRules rules;
    get_named(object, "policy", rules.policy, rollout::reboot_policy_named);
    get(object, "message", rules.message);
    rules.timeout = std::chrono::seconds(object.value("timeout", std::int64_t{rules.timeout.count()}));
    if (const auto delay = object.find("delay"); delay != object.end())
        rules.delay = std::chrono::seconds(delay->get<std::int64_t>());
    return rules;
}

Json json(const rollout::RebootProgress& reboot)
{
    return {{"boot", reboot.boot},
            {"ordered", reboot.ordered},
            {"down", reboot.down},
            {"back", reboot.back},
            {"cancelled", reboot.cancelled}};
}

rollout::RebootProgress reboot_progress_of(const Json& object)
{
    rollout::RebootProgress reboot;
    get(object, "boot", reboot.boot);
    get(object, "ordered", reboot.ordered);
    get(object, "down", reboot.down);
    get(object, "back", reboot.back);
    get(object, "cancelled", reboot.cancelled);
    return reboot;
}

template <typename Items>
Json json_list(const Items& items)
{
    Json list = Json::array();
    for (const auto& item : items)
        list.push_back(json(item));
    return list;
}

/// Text from targets may be anything; what is not UTF-8 must not keep a run from being stored.
std::string dump(const Json& object)
{
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename Read>
auto reading(const std::string& text, Read read)
{
    try {
        return read(Json::parse(text));
    } catch (const Json::exception& error) {
        throw damaged(error.what());
    }
}

} // namespace

std::string to_json(const rollout::Request& request)
{
    return dump({{"targets", json_list(request.targets)},
                 {"components", json_list(request.components)},
                 {"parallel", request.parallel},
                 {"lease", request.lease.count()},
                 {"job_limit", request.job_limit.count()},
                 {"allow_downgrade", request.allow_downgrade},
                 {"reinstall", request.reinstall},
                 {"link", rollout::name_of(request.road)},
                 {"reboot", json(request.reboot)}});
}

rollout::Request request_from_json(const std::string& text)
{
    return reading(text, [](const Json& object) {
        rollout::Request request;
        for (const Json& target : object.at("targets"))
            request.targets.push_back(target_of(target));
        for (const Json& component : object.at("components"))
            request.components.push_back(component_of(component));
        get(object, "parallel", request.parallel);
        request.lease = std::chrono::seconds(object.value("lease", std::int64_t{request.lease.count()}));
        request.job_limit =
            std::chrono::seconds(object.value("job_limit", std::int64_t{request.job_limit.count()}));
        get(object, "allow_downgrade", request.allow_downgrade);
        get(object, "reinstall", request.reinstall);
        get_named(object, "link", request.road, rollout::road_named);
        request.reboot = reboot_rules_of(object.value("reboot", Json::object()));
        return request;
    });
}

std::string to_json(const rollout::TargetState& state)
{
    Json object{{"phase", rollout::name_of(state.phase)},
                {"text", state.text},
                {"hint", state.hint},
                {"failed_in", rollout::name_of(state.failed_in)},
                {"os", state.os},
                {"machine", state.machine},
                {"components", json_list(state.components)},
                {"reboot", json(state.reboot)},
                {"last_seq", state.last_seq},
                {"notices", state.notices},
                {"touched", state.touched},
                {"left", state.left},
                {"logs", state.logs},
                {"looked", state.looked}};
    if (state.outcome)
        object["outcome"] = rollout::name_of(*state.outcome);
    if (state.verdict)
        object["verdict"] = rollout::name_of(*state.verdict);
    if (state.log)
        object["log"] = json(*state.log);
    if (state.trouble)
        object["trouble"] = common::name_of(*state.trouble);
    return dump(object);
}

rollout::TargetState target_state_from_json(const std::string& text)
{
    return reading(text, [](const Json& object) {
        rollout::TargetState state;
        get(object, "text", state.text);
        get(object, "hint", state.hint);
        get_named(object, "failed_in", state.failed_in, rollout::phase_named);
        get_named(object, "phase", state.phase, rollout::phase_named);
        get_named(object, "outcome", state.outcome, rollout::outcome_named);
        get_named(object, "verdict", state.verdict, rollout::outcome_named);
        get_named(object, "trouble", state.trouble, common::trouble_named);
        get(object, "os", state.os);
        get(object, "machine", state.machine);
        for (const Json& component : object.at("components"))
            state.components.push_back(component_state_of(component));
        state.reboot = reboot_progress_of(object.value("reboot", Json::object()));
        get(object, "last_seq", state.last_seq);
        get(object, "notices", state.notices);
        get(object, "touched", state.touched);
        if (const auto log = object.find("log"); log != object.end() && !log->is_null())
            state.log = log_proof_of(*log);
        get(object, "left", state.left);
        get(object, "logs", state.logs);
        get(object, "looked", state.looked);
        return state;
    });
}

} // namespace manager::store
