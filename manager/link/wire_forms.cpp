#include "manager/link/wire_forms.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace manager::link {

using common::one_line;

rollout::JobReport job_report(const wire::Job& job)
{
    rollout::JobReport report;
    report.job = one_line(job.id, 32);
    const std::string state = wire::text_of(job.state, soap_t__JobState2s);
    if (const auto known = rollout::job_state_named(state))
        report.state = *known;
    else
        throw common::Error(common::Trouble::rejected, "the agent reported an unknown job state");
    if (job.result)
        report.result = wire::text_of(*job.result, soap_t__JobResult2s);
    if (job.exitCode)
        report.exit_code = *job.exitCode;
    if (job.signal)
        report.signal = *job.signal;
    report.text = one_line(job.text.value_or(""));
    return report;
}

rollout::AgentEvent agent_event(const wire::Event& event)
{
    rollout::AgentEvent out;
    out.seq = event.seq < 0 ? 0 : static_cast<std::uint64_t>(event.seq);
    if (event.job)
        out.job = job_report(*event.job);
    if (event.kind == wire::EventKind::output)
        out.output_of = one_line(event.jobId.value_or(""), 32);
    out.text = common::xml_safe(event.text.value_or(""));
    out.dropped = event.dropped && *event.dropped > 0 ? static_cast<std::uint64_t>(*event.dropped) : 0;
    return out;
}

std::vector<rollout::AgentEvent> agent_events(const std::vector<wire::Event>& events)
{
    std::vector<rollout::AgentEvent> out;
    out.reserve(events.size());
    for (const wire::Event& event : events)
        out.push_back(agent_event(event));
    return out;
}

rollout::RebootReport reboot_report(const wire::Reboot& reboot)
{
    rollout::RebootReport report;
    report.state = reboot.state == wire::RebootState::done        ? rollout::RebootState::done
                   : reboot.state == wire::RebootState::cancelled ? rollout::RebootState::cancelled
                                                                  : rollout::RebootState::pending;
    report.left = std::chrono::seconds(std::clamp<LONG64>(reboot.secondsLeft, 0, 86'400));
    return report;
}

LogHead log_head(const wire::LogHead& head)
{
    LogHead out;
    out.chain.lines = head.lines < 0 ? 0 : static_cast<std::uint64_t>(head.lines);
    out.chain.value = one_line(head.value, 32);
    if (head.brokenAt && *head.brokenAt > 0)
        out.broken_at = static_cast<std::uint64_t>(*head.brokenAt);
    return out;
}

namespace {

/// The word dpkg has for what `uname -m` says.
std::string deb_architecture(const std::string& machine)
{
    return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

/// Of a format that no component has, nobody asks.
common::ComponentKind format_of(const wire::Package& package)
{
    for (const common::ComponentKind kind : common::component_kinds)
        if (common::name_of(kind) == package.format)
            return kind;
    return common::ComponentKind::program;
}

} // namespace

rollout::Facts facts(const wire::Inventory& inventory)
{
    rollout::Facts facts;
    if (inventory.operatingSystem) {
        const wire::OperatingSystem& os = *inventory.operatingSystem;
        facts.machine = one_line(os.machineId, 64);
        facts.boot = one_line(os.bootId, 64);
        facts.os = one_line(os.name, 200);
        facts.architecture = one_line(os.architecture, 40);
        facts.windows = os.id == "windows";
        for (const std::string& format : os.packageFormats) {
            facts.takes_deb |= format == "deb";
            facts.takes_rpm |= format == "rpm";
            facts.takes_msi |= format == "msi";
        }
        if (facts.takes_deb)
            facts.deb_architecture = deb_architecture(os.architecture);
        if (facts.takes_rpm)
            facts.rpm_architecture = facts.architecture;
    }
    for (const wire::Package& package : inventory.packages)
        facts.packages.push_back({one_line(package.name), one_line(package.version),
                                  one_line(package.architecture), format_of(package),
                                  one_line(package.code.value_or(""), 40),
                                  one_line(package.unfinished.value_or(""), 40)});
    return facts;
}

} // namespace manager::link
