#include "manager/drivers/target_agent.hpp"

#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/version.hpp"
#include "manager/drivers/opening.hpp"

#include <thread>
#include <utility>

namespace manager::drivers {

using common::Deadline;
using common::Error;
using common::Trouble;
using namespace std::chrono_literals;

namespace {

// How long each step may take. Copying counts by size: a slow line must carry 2.5 MB within it (40 kB/s).
constexpr auto scout_limit = 90s;
constexpr auto copy_limit = 120s;
constexpr auto start_limit = 60s;
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

std::string list_of(const std::vector<std::uint16_t>& ports)
{
    std::vector<std::string> texts;
    for (const std::uint16_t port : ports)
        texts.push_back(std::to_string(port));
    return common::join(texts, ", ");
}

} // namespace

TargetAgent::TargetAgent(const AgentSetting& setting, target::Target target, std::size_t index)
    : setting_(setting), target_(std::move(target)), index_(index), failpoint_(setting.failpoint)
{
    footprint_.run = setting_.run;
    if (setting_.trial)
        footprint_.folders.push_back((std::filesystem::path(common::state_folder) / setting_.run).string());
}

TargetAgent::~TargetAgent()
{
    setting_.roster.dismiss({setting_.run, index_});
}

std::unique_ptr<transport::Transport> TargetAgent::connect() const
{
    return setting_.connect(target_, [this](const std::string& text) { setting_.notice(index_, text); });
}

void TargetAgent::scout(const rollout::Tell& tell)
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
void TargetAgent::tell_login(const Error* failure) const
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
void TargetAgent::refuse_second_name() const
{
    if (platform_.machine.empty())
        return;
    const std::string first = setting_.machines.meet(platform_.machine, target_.name);
    if (first != target_.name)
        throw Error(Trouble::rejected, "it is the same machine as " + first,
                    "leave one of the two names out");
}

void TargetAgent::copy(const rollout::Tell& tell)
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

common::Orders TargetAgent::orders()
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

void TargetAgent::start(const rollout::Tell& tell)
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
    pin_ = ready.fingerprint;
    setting_.roster.admit(pin_, {setting_.run, index_},
                          {target_.name,
                           {platform_.session_address, ready.port},
                           ready.version,
                           platform_.os + ' ' + platform_.architecture});
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
    setting_.roster.heard(pin_, line_->road());
    misses_ = 0;
    took_another_road_ = false;
}

/// What the agent did to the target's firewall.
void TargetAgent::tell_opening(const common::Ready& ready) const
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
void TargetAgent::deploy_again()
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
void TargetAgent::call_failed(const Error& error)
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

link::AgentLink& TargetAgent::present()
{
    if (!line_)
        throw Error(Trouble::unreachable, "there is no agent");
    return line_->agent();
}

void TargetAgent::forget()
{
    line_.reset(); // uses the transport, whose session is as dead
    transport_.reset();
}

rollout::Removal TargetAgent::look()
{
    transport::Remains remains = transport_->leftovers(footprint_, Deadline::in(look_limit));
    return {std::move(remains.left), remains.logs};
}

/// What is still there once those who were told to go had their time.
rollout::Removal TargetAgent::look_until_gone()
{
    rollout::Removal found = look();
    auto wait = first_between_looks;
    for (int i = 1; i < looks && !found.left.empty(); ++i, wait *= 2) {
        std::this_thread::sleep_for(wait);
        found = look();
    }
    return found;
}

rollout::Removal TargetAgent::remove()
{
    if (!transport_)
        transport_ = connect();
    rollout::Removal removal = take_away();
    transport_.reset(); // its session is not held until all other targets are done
    setting_.roster.dismiss({setting_.run, index_});
    return removal;
}

rollout::Removal TargetAgent::take_away()
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
