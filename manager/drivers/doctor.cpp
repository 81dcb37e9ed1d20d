#include "manager/drivers/doctor.hpp"

#include "common/text.hpp"
#include "manager/drivers/opening.hpp"
#include "manager/drivers/target_agent.hpp"

#include <algorithm>

namespace manager::drivers {

using common::Deadline;
using common::Error;
using common::Trouble;
using namespace std::chrono_literals;

namespace {

constexpr auto look_limit = 60s;
constexpr auto most_difference = 30s;            ///< of clocks, without a word
constexpr std::uint64_t least_state = 100 << 20; ///< bytes free for logs and journals, without a word

void nobody(const std::string&) {}

/// One target's examination, step by step.
class Visit {
public:
    Visit(const AgentSetting& setting, const transport::Firewall& ours, const target::Target& target,
          std::size_t index)
        : setting_(setting), ours_(ours), target_(target), agent_(setting, target, index)
    {
    }

    Examination make();

private:
    void note(std::string hop, Health health, std::string text, std::string way_out = {});
    void fail(std::string hop, const Error& error);
    bool enter();
    void look();
    void look_at_state();
    void look_at_clock();
    void look_at_others(transport::Transport& transport);
    void try_agent();
    void try_roads();
    void port_closed(std::string hop, const std::string& why, const std::string& text, std::string where,
                     std::string command);
    void take_away();
    std::string command_for_callers(std::uint16_t port, const std::string& address, std::string& where) const;

    const AgentSetting& setting_;
    const transport::Firewall& ours_;
    const target::Target& target_;
    TargetAgent agent_;
    transport::Condition condition_;
    Examination found_;
};

void Visit::note(std::string hop, Health health, std::string text, std::string way_out)
{
    found_.findings.push_back({std::move(hop), health, std::move(text), std::move(way_out), {}, {}});
}

void Visit::fail(std::string hop, const Error& error)
{
    found_.trouble = error.trouble();
    note(std::move(hop), Health::failed, error.text(), error.hint());
}

/// The way in, and a folder for the agent. False when nothing more can be looked at.
bool Visit::enter()
{
    try {
        agent_.scout(nobody);
    } catch (const Error& error) {
        const bool inside = error.trouble() == Trouble::rejected;
        fail(inside ? "folders" : "login", error);
        return inside;
    }
    note("login", Health::ok, "the login works, as root");
    const std::vector<std::string>& skipped = agent_.platform().skipped;
    if (skipped.empty())
        note("folders", Health::ok, "there is room for the agent");
    else
        note("folders", Health::warning,
             "the agent has to go into another folder; will not do: " + common::join(skipped, "; "));
    return true;
}

void Visit::look_at_state()
{
    const std::string place(common::state_folder);
    if (condition_.state_read_only)
        note("state", Health::warning, place + " cannot be written", "mount it writable on the target");
    else if (condition_.state_free < least_state)
        note("state", Health::warning,
             "only " + common::bytes_text(condition_.state_free) + " are free for logs in " + place,
             "make room there");
    else
        note("state", Health::ok, "there is room for logs in " + place);
}

void Visit::look_at_clock()
{
    const std::chrono::milliseconds difference = clock_difference(condition_.clock);
    if (std::chrono::abs(difference) < most_difference)
        return note("clock", Health::ok, "its clock agrees with ours");
    note("clock", Health::warning,
         "its clock is " + common::duration_text(std::chrono::abs(difference)) +
             (difference < 0ms ? " behind ours" : " ahead of ours"),
         "set the clock that is wrong; times in logs are wrong until then, and apt may refuse its sources");
}

/// What other programs do there, and what earlier runs left.
void Visit::look_at_others(transport::Transport& transport)
{
    if (condition_.holders.empty())
        note("packages", Health::ok, "no package manager is at work");
    else
        note("packages", Health::warning, common::join(condition_.holders, ", "),
             "wait for it; apt waits two minutes by itself");
    std::vector<std::string> left = transport.leftovers({}, Deadline::in(look_limit)).left;
    std::erase_if(left, [&](const std::string& one) { return one.find(setting_.run) != std::string::npos; });
    if (left.empty())
        note("left-overs", Health::ok, "nothing is left of earlier runs");
    else
        note("left-overs", Health::warning,
             "of other runs: " + common::one_line(common::join(left, ", "), 1'000),
             "if none of them is at work: soapstone cleanup -t " + target_.name);
}

void Visit::look()
{
    try {
        const std::unique_ptr<transport::Transport> transport =
            setting_.connect(target_, nobody); // scouting told
        condition_ = transport->examine(Deadline::in(look_limit));
        look_at_state();
        look_at_clock();
        look_at_others(*transport);
    } catch (const Error& error) {
        note("look", Health::warning, error.text(), error.hint());
    }
}

void Visit::try_agent()
{
    try {
        agent_.copy(nobody);
        agent_.start(nobody);
    } catch (const Error& error) {
        if (error.trouble() != Trouble::busy)
            return fail("agent", error);
        found_.trouble = Trouble::busy;
        return note("agent", Health::warning, error.text(), error.hint());
    }
    note("agent", Health::ok, "the agent runs");
    try_roads();
}

void Visit::port_closed(std::string hop, const std::string& why, const std::string& text, std::string where,
                        std::string command)
{
    Finding finding{std::move(hop), Health::closed, why, {}, std::move(command), std::move(where)};
    if (finding.command.empty()) {
        finding.way_out = text + "; no firewall that stops it can be seen on either side: look between them";
        finding.where.clear();
    }
    found_.findings.push_back(std::move(finding));
}

/// Opens our `port` for the target, which calls it at `address`: on this side, or on its own.
std::string Visit::command_for_callers(std::uint16_t port, const std::string& address,
                                       std::string& where) const
{
    where = "here";
    std::string command = let_in(ours_, agent_.platform().session_address, port);
    if (!command.empty())
        return command;
    where = target_.name;
    return let_out(condition_.firewall, address, port);
}

void Visit::try_roads()
{
    const transport::Platform& platform = agent_.platform();
    const Roads& roads = agent_.roads();
    const std::uint16_t port = agent_.port();
    if (roads.port.empty())
        note("agent port", Health::ok, "port " + std::to_string(port) + " is open from here");
    else
        port_closed("agent port", roads.port,
                    "let TCP port " + std::to_string(port) + " be reached from " + platform.our_address,
                    target_.name, let_in(condition_.firewall, platform.our_address, port));
    const auto calls = [&](const std::string& hop, const std::string& problem,
                           const std::vector<common::Endpoint>& ends) {
        const common::Endpoint& end = ends.front();
        if (problem.empty())
            return note(hop, Health::ok, "port " + std::to_string(end.port) + " here is open from there");
        std::string where;
        const std::string command = command_for_callers(end.port, end.address, where);
        port_closed(hop, problem,
                    "let TCP port " + std::to_string(end.port) + " of this machine be reached from " +
                        platform.session_address,
                    where, command);
    };
    calls("callback port", roads.callback, setting_.callbacks(platform.our_address));
    calls("depot port", roads.depot, setting_.depots(platform.our_address));
    found_.road = !roads.port.empty() ? "tunnel" : roads.callback.empty() ? "callback" : "polling";
}

void Visit::take_away()
{
    try {
        found_.left = agent_.remove().left;
    } catch (const Error& error) {
        found_.left = {"not known: " + error.text()};
    }
    if (found_.left.empty())
        note("removal", Health::ok, "nothing of it is left");
    else
        note("removal", Health::warning, "left: " + common::join(found_.left, ", "),
             "the agent goes by itself within a minute; after that: soapstone cleanup -t " + target_.name +
                 ", and rm -r what is left in " + std::string(common::state_folder));
}

Examination Visit::make()
{
    if (!enter())
        return std::move(found_);
    look();
    if (!found_.trouble) {
        try_agent();
        take_away();
    }
    return std::move(found_);
}

} // namespace

std::string_view name_of(Health health)
{
    switch (health) {
    case Health::ok:
        return "ok";
    case Health::warning:
        return "warning";
    case Health::closed:
        return "closed";
    case Health::failed:
        return "failed";
    }
    return "failed";
}

std::chrono::milliseconds clock_difference(const transport::ClockReading& reading)
{
    const auto told = std::chrono::milliseconds(std::chrono::seconds(reading.seconds));
    const std::chrono::milliseconds before(common::to_milliseconds(reading.before));
    const std::chrono::milliseconds after(common::to_milliseconds(reading.after));
    // It said `told` somewhere between `before` and `after`, when its clock stood within [told, told + 1 s).
    if (told > after)
        return told - after;
    if (told + 1s < before)
        return told + 1s - before;
    return 0ms;
}

Examination examine(const AgentSetting& setting, const transport::Firewall& ours,
                    const target::Target& target, std::size_t index)
{
    return Visit(setting, ours, target, index).make();
}

} // namespace manager::drivers
