#include "manager/drivers/agent_driver.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/reboot_order.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "common/version.hpp"
#include "manager/drivers/opening.hpp"

#include <fcntl.h>
#include <thread>
#include <utility>

namespace manager::drivers {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Open;
using namespace std::chrono_literals;

namespace {

// How long each step may take. Copying counts by size: a slow line must carry 2.5 MB within it (40 kB/s).
constexpr auto scout_limit = 90s;
constexpr auto copy_limit = 120s;
constexpr auto start_limit = 60s;
constexpr auto call_limit = 10s;
constexpr auto inventory_limit = 60s;
constexpr auto log_stall = 30s;
constexpr auto payload_stall = 15s;
constexpr auto look_limit = 60s;

constexpr const char* loopback = "127.0.0.1";

/// A copy tells how far it is this often.
constexpr auto between_tales = 1s;

/// Calls in a row without an answer after which the agent is taken for dead and a fresh one is sent. One may
/// be a connection that broke.
constexpr unsigned patience = 2;

/// An agent that was told to go needs moments for it; so often it is looked whether it has, with twice the
/// time between.
constexpr int looks = 6;
constexpr auto first_between_looks = 100ms;

/// Fresh agents that are sent one after the other before a target that refuses them counts as one that does
/// not answer.
constexpr int fresh_tries = 3;
constexpr auto between_tries = 700ms;

/// Of all logs the one that the agent writes of its own steps.
constexpr std::string_view agent_log = "agent.log";

bool is_plain_name(const std::string& name)
{
    return !name.empty() && name.front() != '.' && name.size() <= 200 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~-") ==
               std::string::npos;
}

std::string list_of(const std::vector<std::uint16_t>& ports)
{
    std::vector<std::string> texts;
    for (const std::uint16_t port : ports)
        texts.push_back(std::to_string(port));
    return common::join(texts, ", ");
}

} // namespace

AgentDriver::AgentDriver(const AgentSetting& setting, target::Target target, std::size_t index)
    : setting_(setting), target_(std::move(target)), index_(index), failpoint_(setting.failpoint)
{
    footprint_.run = setting_.run;
    if (setting_.trial)
        footprint_.folders.push_back((std::filesystem::path(common::state_folder) / setting_.run).string());
}

AgentDriver::~AgentDriver()
{
    setting_.roster.dismiss(index_);
}

std::unique_ptr<transport::Transport> AgentDriver::connect() const
{
    return setting_.connect(target_, [this](const std::string& text) { setting_.notice(index_, text); });
}

void AgentDriver::scout(const rollout::Tell& tell)
{
    tell("connecting to " + target_.host);
    std::unique_ptr<transport::Transport> transport = connect();
    try {
        platform_ = transport->scout(setting_.agents.largest(), Deadline::in(scout_limit));
    } catch (const Error& error) {
        const bool outside = error.trouble() == Trouble::denied || error.trouble() == Trouble::unreachable;
        tell_login(outside ? &error : nullptr);
        throw;
    }
    tell_login(nullptr);
    line_.reset(); // uses the old transport
    transport_ = std::move(transport);
    refuse_second_name();
    footprint_.folders.push_back(platform_.folder);
}

/// How the way in was, for the system's log; `failure` is null when it was open.
void AgentDriver::tell_login(const Error* failure) const
{
    const bool local = target_.connection == target::Connection::local;
    common::os::Audit::Facts facts{{"target", target_.name}, {"host", local ? "localhost" : target_.host}};
    if (!local)
        facts.insert(facts.end(), {{"port", std::to_string(target_.port)}, {"user", target_.user}});
    facts.emplace_back("become", std::string(name_of(target_.become)));
    if (failure == nullptr) {
        if (!local)
            facts.insert(facts.end(),
                         {{"method", platform_.login.method}, {"host_key", platform_.login.host_key}});
        return setting_.audit.tell("login", facts);
    }
    facts.insert(facts.end(),
                 {{"trouble", std::string(name_of(failure->trouble()))}, {"why", failure->text()}});
    setting_.audit.warn("no_login", facts);
}

/// Two agents of one run on one machine would take each other for an older self.
void AgentDriver::refuse_second_name() const
{
    if (platform_.machine.empty())
        return;
    const std::string first = setting_.machines.meet(platform_.machine, target_.name);
    if (first != target_.name)
        throw Error(Trouble::rejected, "it is the same machine as " + first,
                    "leave one of the two names out");
}

void AgentDriver::copy(const rollout::Tell& tell)
{
    const transport::AgentBinary& agent = setting_.agents.of(platform_);
    const std::string total = common::bytes_text(agent.compressed.size());
    Deadline next = Deadline::in(between_tales);
    const auto sent = [&](std::uint64_t bytes) {
        if (!next.passed())
            return;
        next = Deadline::in(between_tales);
        tell(common::bytes_text(bytes) + " of " + total);
    };
    transport_->copy(agent, sent, Deadline::in(copy_limit));
}

common::Orders AgentDriver::orders()
{
    common::Orders orders;
    orders.run = setting_.run;
    orders.target = std::to_string(index_);
    orders.epoch = setting_.epoch;
    orders.nonce = common::to_hex(common::os::random_bytes(12));
    orders.manager_pin = setting_.keys.identity.fingerprint();
    orders.order_key = common::to_hex(setting_.keys.orders.public_key());
    orders.listen_address = setting_.road == rollout::Road::tunnel ? loopback : platform_.session_address;
    orders.first_port = setting_.first_port;
    if (setting_.road == rollout::Road::automatic || setting_.road == rollout::Road::callback) {
        orders.callbacks = setting_.callbacks(platform_.our_address);
        orders.depots = setting_.depots(platform_.our_address);
    }
    orders.lease = setting_.lease;
    orders.manager = setting_.manager;
    orders.take_over = setting_.take_over;
    if (setting_.open_firewall && setting_.road != rollout::Road::tunnel)
        orders.let_in = without_scope(platform_.our_address);
    orders.leave_nothing = setting_.trial;
    orders.failpoint = std::exchange(failpoint_, {});
    return orders;
}

void AgentDriver::start(const rollout::Tell& tell)
{
    tell("starting the agent");
    const common::Orders given = orders();
    const common::Ready ready = transport_->start(given, Deadline::in(start_limit));
    if (ready.nonce != given.nonce)
        throw Error(Trouble::denied, "the agent's ready line does not answer our orders");
    if (ready.protocol != common::protocol_version || ready.version != common::version())
        throw Error(Trouble::rejected,
                    "the agent is of version " + common::one_line(ready.version, 40) + ", this manager of " +
                        std::string(common::version()),
                    "install soapstone and its agents from one build");
    footprint_.pid = ready.pid;
    footprint_.start_time = ready.start_time;
    footprint_.port = ready.port;
    machine_ = ready.machine;
    if (!ready.taken.empty())
        setting_.notice(index_, "the agent listens on " + std::to_string(ready.port) + " (" +
                                    list_of(ready.taken) +
                                    (ready.taken.size() == 1 ? " was taken)" : " were taken)"));
    tell_opening(ready);
    setting_.audit.tell("agent_started", {{"target", target_.name},
                                          {"address", platform_.session_address},
                                          {"port", std::to_string(ready.port)},
                                          {"pid", std::to_string(ready.pid)},
                                          {"agent_key", ready.fingerprint}});
    setting_.roster.admit(ready.fingerprint, index_);
    line_ = std::make_unique<AgentLine>(
        setting_.loop,
        common::tls::Context::client(setting_.keys.identity, common::tls::only(ready.fingerprint)),
        common::Endpoint{platform_.session_address, ready.port},
        transport::AgentAddress{ready.pid, ready.start_time, ready.address.empty() ? loopback : ready.address,
                                ready.port},
        *transport_, setting_.road, [this](std::string text) { setting_.notice(index_, std::move(text)); });
    started_ = true;
    if (setting_.trial)
        roads_ = line_->survey();
    else
        line_->choose();
    misses_ = 0;
    took_another_road_ = false;
}

/// What the agent did to the target's firewall.
void AgentDriver::tell_opening(const common::Ready& ready) const
{
    if (ready.opened.empty())
        return;
    const std::string port = std::to_string(ready.port);
    if (ready.opened == "failed")
        return setting_.notice(index_, "the agent could not open its port " + port +
                                           " in the target's firewall; its log says why");
    setting_.notice(index_, "the agent opened its port " + port + " in the target's firewall (" +
                                common::one_line(ready.opened, 40) + ") for " + platform_.our_address +
                                " only, until it goes");
}

/// The agent is gone without a word: killed, or its machine rebooted. What killed it may kill the next one
/// while it starts, and a job that goes on without an agent must not be given up for that: a target that
/// refuses a fresh one counts as one that does not answer.
void AgentDriver::deploy_again()
{
    const rollout::Tell nobody = [](const std::string&) {};
    for (int tries = 1;; ++tries) {
        try {
            common::while_doing("sending a fresh agent", [&] {
                scout(nobody);
                copy(nobody);
                start(nobody);
            });
            break;
        } catch (const Error& error) {
            if (error.trouble() != Trouble::rejected)
                throw;
            if (tries == fresh_tries)
                throw Error(Trouble::unreachable, error.text(), error.hint());
        }
        std::this_thread::sleep_for(between_tries);
    }
    setting_.notice(index_, "the agent did not answer any more; a fresh one has taken over its journal");
}

/// A call got no answer. Returns when another one is worth a try, by another road or to a fresh agent.
void AgentDriver::call_failed(const Error& error)
{
    // A key that does not match is another process on the agent's old port.
    if (error.trouble() != Trouble::unreachable && error.trouble() != Trouble::denied)
        throw Error(error);
    if (++misses_ < patience)
        throw Error(Trouble::unreachable, error.text(), error.hint());
    // An agent that does not answer on a second road either hangs.
    if (std::exchange(took_another_road_, true) || !line_->take_another())
        deploy_again();
}

template <typename Call>
auto AgentDriver::with_agent(Call call)
{
    if (!line_ && !started_)
        throw Error(Trouble::unreachable, "there is no agent");
    if (!line_)
        deploy_again();
    const auto ask = [&] {
        auto result = call(line_->agent());
        misses_ = 0;
        took_another_road_ = false;
        return result;
    };
    try {
        return ask();
    } catch (const Error& error) {
        call_failed(error);
    }
    return ask();
}

rollout::Facts AgentDriver::inventory(const std::vector<std::string>& packages)
{
    if (!setting_.inventory)
        return with_agent(
            [&](link::AgentLink& agent) { return agent.inventory(packages, Deadline::in(inventory_limit)); });
    link::Inspection all =
        with_agent([&](link::AgentLink& agent) { return agent.inspect(Deadline::in(inventory_limit)); });
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
    order.machine = machine_;
    order.kind = component.kind;
    order.name = component.name;
    order.version = component.version;
    order.file_name = component.file_name();
    order.sha256 = component.sha256;
    order.size = component.size;
    order.arguments = component.arguments;
    order.deadline = limit;
    order.allow_downgrade = allow_downgrade;
    setting_.roster.allow(index_, component.sha256);
    const std::string text = order.text();
    const std::string signature = setting_.keys.orders.sign(text);
    component_ = component;
    return with_agent([&](link::AgentLink& agent) {
        const auto hand_over = [&] { return agent.submit(text, signature, Deadline::in(call_limit)); };
        const rollout::JobReport report = hand_over();
        if (line_->fetches() || report.state != rollout::JobState::accepted)
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
            wants_payload(agent.news(since, Deadline::in(call_limit))))
            throw;
    }
}

std::vector<rollout::AgentEvent> AgentDriver::poll(std::uint64_t since)
{
    return with_agent([&](link::AgentLink& agent) {
        link::News news = agent.news(since, Deadline::in(call_limit));
        if (wants_payload(news))
            bring_what_is_wanted(agent, since);
        return std::move(news.events);
    });
}

rollout::JobReport AgentDriver::cancel(const std::string& job, bool kill)
{
    return with_agent(
        [&](link::AgentLink& agent) { return agent.cancel(job, kill, Deadline::in(call_limit)); });
}

/// For calls that are not to bring a fresh agent there when nobody answers.
link::AgentLink& AgentDriver::present_agent()
{
    if (!line_)
        throw Error(Trouble::unreachable, "there is no agent");
    return line_->agent();
}

rollout::RebootReport AgentDriver::reboot(const rollout::RebootWish& wish)
{
    common::RebootOrder order;
    order.run = setting_.run;
    order.target = std::to_string(index_);
    order.machine = machine_;
    order.boot = wish.boot;
    order.delay = wish.delay;
    order.message = wish.message;
    const std::string text = order.text();
    return present_agent().reboot(text, setting_.keys.orders.sign(text), Deadline::in(call_limit));
}

rollout::RebootReport AgentDriver::cancel_reboot()
{
    return present_agent().cancel_reboot(Deadline::in(call_limit));
}

std::string AgentDriver::boot_of_present_agent()
{
    return present_agent().inventory({}, Deadline::in(call_limit)).boot;
}

/// One that still answers is left alone: where the system cannot wait for its reboot, the agent does.
std::string AgentDriver::reconnect(const rollout::Tell& tell)
{
    try {
        return boot_of_present_agent();
    } catch (const Error&) {
        line_.reset(); // uses the transport, whose session is as dead
        transport_.reset();
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
        with_agent([&](link::AgentLink& agent) { return agent.logs(Deadline::in(inventory_limit)); });
    for (const link::LogFile& log : logs.files)
        collect_one(log, folder);
    const link::LogWish wish{common::tls::LineChain::header(setting_.run, std::to_string(index_)),
                             logs.agent_log};
    const common::tls::ChainHead& told = logs.agent_log.chain;
    return rollout::LogProof{told.lines, told.value, link::check_log(folder / agent_log, wish).problem};
}

void AgentDriver::collect_one(const link::LogFile& log, const std::filesystem::path& folder)
{
    if (!is_plain_name(log.name)) // it becomes a path here
        throw Error(Trouble::rejected, "the agent names a log \"" + common::one_line(log.name, 80) + "\"");
    const std::filesystem::path file = folder / log.name;
    std::filesystem::remove(file); // of an earlier try, when the log was shorter
    with_agent([&](link::AgentLink& agent) {
        agent.fetch(log, file, log_stall);
        return true;
    });
    const common::os::Descriptor copy = common::os::open_file(file, Open::read);
    const bool grows = log.name == agent_log; // it tells about this very transfer
    if (!grows && common::tls::sha256_of_file(copy.get()) != log.sha256)
        throw Error(Trouble::rejected, "the log " + log.name + " arrived damaged");
}

rollout::Removal AgentDriver::look()
{
    transport::Remains remains = transport_->leftovers(footprint_, Deadline::in(look_limit));
    return {std::move(remains.left), remains.logs};
}

/// What is still there once those who were told to go had their time.
rollout::Removal AgentDriver::look_until_gone()
{
    rollout::Removal found = look();
    auto wait = first_between_looks;
    for (int i = 1; i < looks && !found.left.empty(); ++i, wait *= 2) {
        std::this_thread::sleep_for(wait);
        found = look();
    }
    return found;
}

rollout::Removal AgentDriver::remove()
{
    if (!transport_)
        transport_ = connect();
    rollout::Removal removal = take_away();
    transport_.reset(); // its session is not held until all other targets are done
    return removal;
}

rollout::Removal AgentDriver::take_away()
{
    bool told = false;
    if (line_) {
        try {
            line_->agent().shutdown(Deadline::in(call_limit));
            told = true;
        } catch (const Error& error) {
            setting_.notice(index_, "the agent could not be told to go: " + error.text());
        }
    }
    line_.reset();              // a tunnel would be found on the target
    if (told || setting_.trial) // a trial does not sweep without need
        if (rollout::Removal found = look_until_gone(); found.left.empty())
            return found;
    transport_->sweep(setting_.run, Deadline::in(look_limit));
    return look_until_gone();
}

} // namespace manager::drivers
