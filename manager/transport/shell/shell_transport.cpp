#include "manager/transport/shell/shell_transport.hpp"

#include "common/text.hpp"
#include "manager/transport/shell/condition.hpp"
#include "manager/transport/shell/platform.hpp"
#include "manager/transport/shell/refusal.hpp"
#include "manager/transport/shell/scripts.hpp"

#include <algorithm>

namespace manager::transport::shell {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

constexpr std::size_t header_size = 128; // bytes; bootstrap.sh reads exactly so many

/// The session of the start may be dead without a word; so long it may try to answer.
constexpr std::chrono::seconds kept_limit{20};

std::uint64_t needed_kib(std::uint64_t size)
{
    return size / 1024 + 1024;
}

std::string header_for(const AgentBinary& agent, Deadline deadline)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(deadline.left());
    std::string header = "SEND " + std::to_string(agent.compressed.size()) + ' ' + agent.sha256 + ' ' +
                         std::to_string(std::max<std::int64_t>(1, seconds.count()));
    if (!common::is_hex(agent.sha256, 64) || header.size() >= header_size)
        throw Error(Trouble::defect, "the agent's hash is not one");
    header.append(header_size - 1 - header.size(), ' ');
    return header + '\n';
}

void add_once(std::vector<std::string>& list, std::string entry)
{
    if (std::find(list.begin(), list.end(), entry) == list.end())
        list.push_back(std::move(entry));
}

/// Orders of `set` for the shell: the first parameter stays, these follow it.
std::string parameters(const std::vector<std::string>& values)
{
    std::string line = "set -- \"$1\"";
    for (const std::string& value : values)
        line += ' ' + shell_word(value);
    return line + '\n';
}

class ChannelTunnel final : public Tunnel {
public:
    explicit ChannelTunnel(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}
    int stream() const override { return channel_->stream(); }

private:
    std::unique_ptr<Channel> channel_;
};

void check_run(const std::string& run)
{
    // It becomes part of paths and patterns on the target.
    if (!run.empty() && !common::is_hex(run, run.size()))
        throw Error(Trouble::invalid, "\"" + common::one_line(run, 60) + "\" is not a run id");
}

} // namespace

ShellTransport::ShellTransport(std::unique_ptr<Connector> connector, const Elevation& elevation,
                               Settings settings)
    : connector_(std::move(connector)), elevation_(elevation), settings_(std::move(settings))
{
    check_run(settings_.run);
}

/// Runs `step`. When it fails, the session ends, and with it the script, which then removes what it has put
/// there.
template <typename Step>
auto ShellTransport::in_session(std::string_view doing, Step&& step)
{
    try {
        return common::while_doing(doing, std::forward<Step>(step));
    } catch (...) {
        dialogue_.reset();
        throw;
    }
}

Answer ShellTransport::expect(std::string_view word, Deadline deadline)
{
    std::vector<std::string> skipped;
    return expect(word, skipped, deadline);
}

/// `skipped` becomes the folders that the script could not use.
Answer ShellTransport::expect(std::string_view word, std::vector<std::string>& skipped, Deadline deadline)
{
    if (!dialogue_)
        throw Error(Trouble::defect, "scout, copy and start were not called in this order");
    for (;;) {
        Answer answer = dialogue_->next(deadline);
        if (answer.word == word)
            return answer;
        if (answer.word != "SKIP") {
            const std::string said = dialogue_->noise();
            throw refusal_of_script(answer, skipped, said);
        }
        skipped.push_back(common::one_line(answer.rest, 200));
    }
}

Platform ShellTransport::scout(std::uint64_t needed, Deadline deadline)
{
    return in_session("scouting", [&] {
        dialogue_.emplace(*connector_, elevation_, deadline);
        elevation_.terminal = dialogue_->has_terminal();
        const std::string variables = assignment("need", std::to_string(needed_kib(needed))) +
                                      assignment("arches", common::join(settings_.architectures, " ")) +
                                      assignment("tag", settings_.run.empty() ? "x" : settings_.run) +
                                      assignment("idle", std::to_string(settings_.idle.count())) +
                                      assignment("keep", std::to_string(settings_.keep.count())) +
                                      assignment("folders", common::join(settings_.folders, " "));
        dialogue_->run(bootstrap_script, variables, deadline);
        std::vector<std::string> skipped;
        Platform platform = parse_platform(expect("NEED", skipped, deadline).rest);
        platform.skipped = std::move(skipped);
        platform.login = dialogue_->login();
        return platform;
    });
}

void ShellTransport::copy(const AgentBinary& agent, const Sent& sent, Deadline deadline)
{
    in_session("copying the agent", [&] {
        if (!dialogue_)
            throw Error(Trouble::defect, "copy was called before scout");
        dialogue_->send(header_for(agent, deadline), nullptr, deadline);
        dialogue_->send(agent.compressed, sent, deadline);
        expect("GO", deadline);
    });
}

common::Ready ShellTransport::start(const common::Orders& orders, Deadline deadline)
{
    return in_session("starting the agent", [&] {
        if (!dialogue_)
            throw Error(Trouble::defect, "start was called before copy");
        dialogue_->send(orders.text(), nullptr, deadline);
        common::Ready ready = common::Ready::parse(expect("OK", deadline).rest);
        if (ready.nonce != orders.nonce)
            throw Error(Trouble::rejected, "the ready line is not an answer to our orders");
        started_ = true;
        return ready;
    });
}

std::unique_ptr<Tunnel> ShellTransport::tunnel(const AgentAddress& agent, Deadline deadline)
{
    return common::while_doing("tunnelling to the agent", [&]() -> std::unique_ptr<Tunnel> {
        Dialogue dialogue(*connector_, elevation_, deadline);
        const std::string variables = assignment("pid", std::to_string(agent.pid)) +
                                      assignment("start", std::to_string(agent.start_time)) +
                                      assignment("address", agent.address) +
                                      assignment("port", std::to_string(agent.port));
        dialogue.run(tunnel_script, variables, deadline);
        const Answer answer = dialogue.next(deadline);
        if (answer.word == "GONE")
            return nullptr;
        if (answer.word != "UP")
            throw refusal_of_script(answer, {}, dialogue.noise());
        return std::make_unique<ChannelTunnel>(dialogue.release());
    });
}

/// Runs a script that names things, leftovers.sh or sweep.sh: in the session that the start left, and in one
/// of its own when that one is over or never was.
ShellTransport::Listing ShellTransport::list(std::string_view script, const std::string& variables,
                                             Deadline deadline)
{
    if (dialogue_ && started_) {
        try {
            return list(*dialogue_, script, variables, deadline.or_before(Deadline::in(kept_limit)));
        } catch (const Error&) { // whatever was wrong, a fresh login will tell
            dialogue_.reset();
        }
    }
    Dialogue dialogue(*connector_, elevation_, deadline);
    return list(dialogue, script, variables, deadline);
}

ShellTransport::Listing ShellTransport::list(Dialogue& dialogue, std::string_view script,
                                             const std::string& variables, Deadline deadline) const
{
    dialogue.run(script, assignment("folders", common::join(settings_.folders, " ")) + variables, deadline);
    Listing found;
    for (;;) {
        Answer answer = dialogue.next(deadline);
        if (answer.word == "DONE")
            return found;
        if (answer.word == "LEFT")
            add_once(found.left, common::one_line(answer.rest));
        else if (answer.word == "KEPT")
            add_once(found.kept, common::one_line(answer.rest));
        else if (answer.word == "LOGS")
            found.logs = true;
        else
            throw refusal_of_script(answer, {}, dialogue.noise());
    }
}

Remains ShellTransport::leftovers(const Footprint& footprint, Deadline deadline)
{
    return common::while_doing("looking for what was left", [&]() -> Remains {
        check_run(footprint.run);
        const std::string variables =
            assignment("run", footprint.run) + assignment("pid", std::to_string(footprint.pid)) +
            assignment("start", std::to_string(footprint.start_time)) +
            assignment("port", std::to_string(footprint.port)) + parameters(footprint.folders);
        Listing found = list(leftovers_script, variables, deadline);
        return {std::move(found.left), found.logs};
    });
}

Condition ShellTransport::examine(Deadline deadline)
{
    return common::while_doing("examining", [&] {
        Dialogue dialogue(*connector_, elevation_, deadline);
        Condition condition;
        condition.clock.before = std::chrono::system_clock::now();
        dialogue.run(doctor_script, {}, deadline);
        for (;;) {
            const Answer answer = dialogue.next(deadline);
            if (answer.word == "DONE")
                return condition;
            if (answer.word == "TIME")
                condition.clock.after = std::chrono::system_clock::now();
            add_fact(condition, answer);
        }
    });
}

Swept ShellTransport::sweep(const std::string& run, Deadline deadline)
{
    return common::while_doing("sweeping", [&]() -> Swept {
        check_run(run);
        Listing found = list(sweep_script, assignment("run", run), deadline);
        return {std::move(found.left), std::move(found.kept)};
    });
}

} // namespace manager::transport::shell
