#include "manager/serve/wire_runs.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"
#include "manager/rollout/report.hpp"

#include <algorithm>

namespace manager::serve {

namespace {

using common::Error;
using common::Trouble;
using common::xml_safe;

/// The contract's word for one of ours; the two have the same names.
template <typename Wire, typename Ours>
Wire wire_word(Ours value, int (*convert)(::soap*, const char*, Wire*))
{
    Wire out{};
    if (convert(nullptr, std::string(rollout::name_of(value)).c_str(), &out) != SOAP_OK)
        throw Error(Trouble::defect, "a word that the contract does not have");
    return out;
}

wire::TargetState wire_target(const rollout::Run& run, std::size_t index)
{
    const rollout::TargetState& state = run.targets[index];
    wire::TargetState out;
    out.name = xml_safe(run.request.targets[index].name);
    out.phase = wire_word(state.phase, soap_s2t__Phase);
    if (state.outcome)
        out.outcome = wire_word(*state.outcome, soap_s2t__Outcome);
    if (!state.text.empty())
        out.text = xml_safe(state.text);
    if (!state.hint.empty())
        out.hint = xml_safe(state.hint);
    out.total = static_cast<int>(state.components.size());
    out.done = static_cast<int>(std::count_if(state.components.begin(), state.components.end(),
                                              [](const auto& component) { return component.verified; }));
    return out;
}

wire::ComponentResult wire_component(const baseline::Component& component,
                                     const rollout::ComponentState& state)
{
    wire::ComponentResult out;
    out.name = xml_safe(component.name);
    out.version = text_or_none(component.version);
    out.action = text_or_none(state.action);
    out.versionBefore = text_or_none(state.version_before);
    out.versionAfter = text_or_none(state.version_after);
    out.verified = state.verified;
    if (!state.report)
        return out;
    out.state = wire_word(state.report->state, soap_s2t__JobState);
    out.result = text_or_none(state.report->result);
    out.exitCode = state.report->exit_code;
    out.signal = state.report->signal;
    out.text = text_or_none(state.report->text);
    return out;
}

bool ended_well(rollout::Outcome outcome)
{
    using rollout::Outcome;
    return outcome == Outcome::updated || outcome == Outcome::updated_reboot_pending ||
           outcome == Outcome::nothing_needed;
}

wire::ErrorInfo wire_failure(const rollout::TargetState& state, const std::string& name)
{
    const Trouble trouble = state.trouble.value_or(Trouble::rejected);
    return common::soap::error_info(Error(trouble, state.text, state.hint), name,
                                    std::string(rollout::name_of(state.failed_in)));
}

} // namespace

wire::RunState state_of(const rollout::Run& run, const ManagerDesk& desk)
{
    if (run.ended != 0)
        return wire::RunState::finished;
    const std::vector<std::string> ours = desk.runs();
    const bool at_work = std::find(ours.begin(), ours.end(), run.id) != ours.end();
    return at_work ? wire::RunState::running : wire::RunState::interrupted;
}

wire::Run wire_run(const rollout::Run& run, const ManagerDesk& desk, bool with_targets)
{
    wire::Run out;
    out.id = run.id;
    out.state = state_of(run, desk);
    out.paused = run.ended == 0 && desk.is_paused(run.id);
    out.startedAt = common::from_milliseconds(run.started);
    if (run.ended != 0)
        out.endedAt = common::from_milliseconds(run.ended);
    for (const baseline::Component& component : run.request.components)
        out.components.push_back(xml_safe(component.name));
    for (std::size_t i = 0; with_targets && i < run.targets.size(); ++i)
        out.targets.push_back(wire_target(run, i));
    return out;
}

wire::RunEvent wire_event(const rollout::Run& run, const rollout::RunEvent& event)
{
    wire::RunEvent out;
    out.seq = static_cast<LONG64>(event.seq);
    out.time = common::from_milliseconds(event.time);
    if (event.target && *event.target < run.request.targets.size())
        out.target = xml_safe(run.request.targets[*event.target].name);
    if (event.phase)
        out.phase = wire_word(*event.phase, soap_s2t__Phase);
    if (event.outcome)
        out.outcome = wire_word(*event.outcome, soap_s2t__Outcome);
    if (!event.output.empty())
        out.output = xml_safe(event.output);
    if (!event.text.empty())
        out.text = xml_safe(event.text);
    return out;
}

wire::TargetResult wire_result(const rollout::Run& run, std::size_t index)
{
    const rollout::TargetState& state = run.targets[index];
    const target::Target& target = run.request.targets[index];
    wire::TargetResult out;
    out.name = xml_safe(target.name);
    out.host = xml_safe(target.host);
    out.phase = wire_word(state.phase, soap_s2t__Phase);
    out.os = text_or_none(state.os);
    out.machineId = text_or_none(state.machine);
    for (std::size_t i = 0; i < state.components.size() && i < run.request.components.size(); ++i)
        out.components.push_back(wire_component(run.request.components[i], state.components[i]));
    for (const std::string& notice : state.notices)
        out.notices.push_back(xml_safe(notice));
    for (const std::string& what : state.left)
        out.left.push_back(xml_safe(what));
    if (!state.outcome)
        return out;
    out.outcome = wire_word(*state.outcome, soap_s2t__Outcome);
    if (!ended_well(*state.outcome))
        out.failure = wire_failure(state, target.name);
    return out;
}

wire::Agent wire_agent(const link::AgentAtWork& agent)
{
    wire::Agent out;
    out.id = agent.target.run + '-' + std::to_string(agent.target.target);
    out.runId = agent.target.run;
    out.target = xml_safe(agent.facts.target);
    out.address = agent.facts.at.address;
    out.port = agent.facts.at.port;
    if (agent.road)
        out.road = std::string(rollout::name_of(*agent.road));
    out.version = xml_safe(agent.facts.version);
    out.platform = xml_safe(agent.facts.platform);
    out.startedAt = agent.started;
    out.lastHeardAt = agent.heard;
    return out;
}

link::RunTarget agent_named(const std::string& id)
{
    const std::size_t dash = id.find('-');
    const auto number = dash == std::string::npos ? std::nullopt : common::to_number(id.substr(dash + 1));
    if (!number)
        throw Error(Trouble::invalid, "that is the id of no agent");
    return {id.substr(0, dash), static_cast<std::size_t>(*number)};
}

} // namespace manager::serve
