#include "manager/drivers/agent_driver.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/reboot_order.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/link/log_check.hpp"

#include <utility>

namespace manager::drivers {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Open;
using namespace std::chrono_literals;

namespace {

constexpr auto call_limit = 10s;
constexpr auto inventory_limit = 60s;
constexpr auto log_stall = 30s;
constexpr auto payload_stall = 15s;

/// Of all logs the one that the agent writes of its own steps.
constexpr std::string_view agent_log = "agent.log";

bool is_plain_name(const std::string& name)
{
    return !name.empty() && name.front() != '.' && name.size() <= 200 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~-") ==
               std::string::npos;
}

bool is_whole(const link::LogFile& log, const std::filesystem::path& file)
{
    if (log.name == agent_log) // it grows: it tells about this very transfer
        return true;
    const common::os::Descriptor copy = common::os::open_file(file, Open::read);
    return common::tls::sha256_of_file(copy.get()) == log.sha256;
}

} // namespace

AgentDriver::AgentDriver(const AgentSetting& setting, target::Target target, std::size_t index)
    : setting_(setting), index_(index), agent_(setting, std::move(target), index)
{
}

rollout::Facts AgentDriver::inventory(const std::vector<std::string>& packages)
{
    if (!setting_.inventory)
        return agent_.ask(
            [&](link::AgentLink& agent) { return agent.inventory(packages, Deadline::in(inventory_limit)); });
    link::Inspection all =
        agent_.ask([&](link::AgentLink& agent) { return agent.inspect(Deadline::in(inventory_limit)); });
    setting_.inventory(index_, all.details);
    return std::move(all.facts);
}

rollout::JobReport AgentDriver::submit(const std::string& job, const baseline::Component& component,
                                       std::chrono::seconds limit, bool allow_downgrade)
{
    common::JobOrder order;
    order.job = job;
    order.run = setting_.run;
    order.target = std::to_string(index_);
    order.machine = agent_.machine();
    order.kind = component.kind;
    order.name = component.name;
    order.version = component.version;
    order.file_name = component.file_name();
    order.sha256 = component.sha256;
    order.size = component.size;
    order.arguments = component.arguments;
    order.deadline = limit;
    order.allow_downgrade = allow_downgrade;
    setting_.roster.allow({setting_.run, index_}, component.sha256, component.file);
    const std::string text = order.text();
    const std::string signature = setting_.keys.orders.sign(text);
    component_ = component;
    return agent_.ask([&](link::AgentLink& agent) {
        const auto hand_over = [&] {
            return agent.submit(text, signature, Deadline::in(TargetAgent::call_limit));
        };
        const rollout::JobReport report = hand_over();
        if (!agent_.is_silent() || report.state != rollout::JobState::accepted)
            return report;
        try {
            bring(agent);
            return report;
        } catch (const Error& error) {
            if (error.trouble() != Trouble::rejected)
                throw;
            const rollout::JobReport now = hand_over();
            if (now.state == rollout::JobState::accepted)
                throw;
            return now; // it has all that it needs
        }
    });
}

/// Brings the payload of the newest order to an agent that cannot fetch it.
void AgentDriver::bring(link::AgentLink& agent) const
{
    agent.bring(component_->sha256, component_->file, payload_stall);
}

bool AgentDriver::wants_payload(const link::News& news) const
{
    return component_ && news.payload_wanted == component_->sha256;
}

/// The agent goes on trying to fetch what it has asked for: a refusal counts only while it still asks.
void AgentDriver::bring_what_is_wanted(link::AgentLink& agent, std::uint64_t since) const
{
    try {
        bring(agent);
    } catch (const Error& error) {
        if (error.trouble() != Trouble::rejected ||
            wants_payload(agent.news(since, Deadline::in(TargetAgent::call_limit))))
            throw;
    }
}

std::vector<rollout::AgentEvent> AgentDriver::poll(std::uint64_t since)
{
    return agent_.ask([&](link::AgentLink& agent) {
        link::News news = agent.news(since, Deadline::in(TargetAgent::call_limit));
        if (wants_payload(news))
            bring_what_is_wanted(agent, since);
        return std::move(news.events);
    });
}

rollout::JobReport AgentDriver::cancel(const std::string& job, bool kill)
{
    return agent_.ask([&](link::AgentLink& agent) {
        return agent.cancel(job, kill, Deadline::in(TargetAgent::call_limit));
    });
}

rollout::RebootReport AgentDriver::reboot(const rollout::RebootWish& wish)
{
    common::RebootOrder order;
    order.run = setting_.run;
    order.target = std::to_string(index_);
    order.machine = agent_.machine();
    order.boot = wish.boot;
    order.delay = wish.delay;
    order.message = wish.message;
    const std::string text = order.text();
    return agent_.present().reboot(text, setting_.keys.orders.sign(text),
                                   Deadline::in(TargetAgent::call_limit));
}

rollout::RebootReport AgentDriver::cancel_reboot()
{
    return agent_.present().cancel_reboot(Deadline::in(TargetAgent::call_limit));
}

std::string AgentDriver::boot_of_present_agent()
{
    return agent_.present().inventory({}, Deadline::in(TargetAgent::call_limit)).boot;
}

/// One that still answers is left alone: where the system cannot wait for its reboot, the agent does.
std::string AgentDriver::reconnect(const rollout::Tell& tell)
{
    try {
        return boot_of_present_agent();
    } catch (const Error&) {
        agent_.forget();
    }
    scout(tell);
    copy(tell);
    start(tell);
    return boot_of_present_agent();
}

std::optional<rollout::LogProof> AgentDriver::collect(const std::filesystem::path& folder)
{
    common::os::make_private_folder(folder);
    const link::Logs logs =
        agent_.ask([&](link::AgentLink& agent) { return agent.logs(Deadline::in(inventory_limit)); });
    const std::unique_ptr<WebLogs> web = web_for(logs, folder);
    for (const link::LogFile& log : logs.files)
        if (log.name != common::managers_log) // ours, of an earlier try
            collect_one(log, folder, web.get());
    hand_over_own_log(web.get());
    const link::LogWish wish{common::tls::LineChain::header(setting_.run, std::to_string(index_)),
                             logs.agent_log};
    const common::tls::ChainHead& told = logs.agent_log.chain;
    return rollout::LogProof{told.lines, told.value, link::check_log(folder / agent_log, wish).problem};
}

/// Only for a target that nothing but the login's session leads to, unless the user wants it so.
std::unique_ptr<WebLogs> AgentDriver::web_for(const link::Logs& logs, const std::filesystem::path& folder)
{
    if (setting_.log_server == nullptr || setting_.road != rollout::Road::automatic || !agent_.is_in_tunnel())
        return nullptr;
    return std::make_unique<WebLogs>(setting_, index_, agent_, logs, folder);
}

/// The target's logs are what counts: without ours they are no worse.
void AgentDriver::hand_over_own_log(WebLogs* web)
{
    if (!setting_.own_log)
        return;
    try {
        const std::string text = setting_.own_log(index_);
        if (web && web->hand_over(text))
            return;
        agent_.ask([&](link::AgentLink& agent) {
            agent.hand_over_log(text, Deadline::in(call_limit));
            return true;
        });
    } catch (const Error& error) {
        setting_.notice(index_, "the manager's log is not on the target: " + error.text());
    }
}

void AgentDriver::collect_one(const link::LogFile& log, const std::filesystem::path& folder, WebLogs* web)
{
    if (!is_plain_name(log.name)) // it becomes a path here
        throw Error(Trouble::rejected, "the agent names a log \"" + common::one_line(log.name, 80) + "\"");
    const std::filesystem::path file = folder / log.name;
    std::filesystem::remove(file); // of an earlier try, when the log was shorter
    if (web && web->fetch(log, file) && is_whole(log, file))
        return;
    std::filesystem::remove(file);
    agent_.ask([&](link::AgentLink& agent) {
        agent.fetch(log, file, log_stall);
        return true;
    });
    if (!is_whole(log, file))
        throw Error(Trouble::rejected, "the log " + log.name + " arrived damaged");
}

} // namespace manager::drivers
