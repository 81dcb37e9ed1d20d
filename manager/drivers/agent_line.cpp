#include "manager/drivers/agent_line.hpp"

#include "common/error.hpp"
#include "manager/link/soap_link.hpp"

#include <fcntl.h>
#include <utility>

namespace manager::drivers {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;
using rollout::Road;
using namespace std::chrono_literals;

namespace {

constexpr auto tunnel_limit = 30s;
constexpr auto survey_limit = 15s;
constexpr auto probe_limit = 10s; ///< the agent gives itself 3 s for each of our addresses

} // namespace

AgentLine::AgentLine(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
                     common::Endpoint reached, transport::AgentAddress inside,
                     transport::Transport& transport, Road wanted, Notice notice)
    : loop_(loop), context_(std::move(context)), reached_(std::move(reached)), inside_(std::move(inside)),
      transport_(transport), wanted_(wanted), notice_(std::move(notice))
{
}

AgentLine::~AgentLine() = default;

link::AgentLink& AgentLine::agent()
{
    if (!link_)
        throw Error(Trouble::unreachable, "no road to it was found");
    return *link_;
}

Road AgentLine::road() const
{
    return in_tunnel_ ? Road::tunnel : fetches_ ? Road::callback : Road::polling;
}

void AgentLine::use_port()
{
    in_tunnel_ = false;
    link_ = std::make_unique<link::SoapLink>(loop_, context_, reached_);
    tunnel_.reset();
}

/// False when the agent is gone.
bool AgentLine::use_tunnel()
{
    std::unique_ptr<transport::Tunnel> tunnel = transport_.tunnel(inside_, Deadline::in(tunnel_limit));
    if (!tunnel)
        return false;
    link_ = std::make_unique<link::SoapLink>(loop_, context_, [this] { return dial(); });
    tunnel_ = std::move(tunnel);
    fresh_ = true;
    in_tunnel_ = true;
    return true;
}

Descriptor AgentLine::dial()
{
    if (!std::exchange(fresh_, false))
        tunnel_ = transport_.tunnel(inside_, Deadline::in(tunnel_limit));
    if (!tunnel_)
        throw Error(Trouble::unreachable, "no agent runs there any more");
    Descriptor copy(::fcntl(tunnel_->stream(), F_DUPFD_CLOEXEC, 0));
    if (!copy)
        throw common::system_error("using the tunnel");
    return copy;
}

void AgentLine::choose()
{
    fetches_ = false;
    if (wanted_ == Road::tunnel) {
        if (!use_tunnel())
            throw Error(Trouble::unreachable, "the agent is gone again");
        return;
    }
    use_port();
    if (wanted_ == Road::polling)
        return;
    try {
        look_at_callbacks();
    } catch (const Error& error) {
        if (wanted_ != Road::automatic || error.trouble() != Trouble::unreachable || !use_tunnel())
            throw;
        notice_("the agent's port cannot be reached from here, so all goes through the login's session (" +
                error.text() + ")");
        look_at_callbacks();
    }
}

void AgentLine::look_at_callbacks()
{
    const std::string problem = link_->probe_callback(false, Deadline::in(probe_limit)).callback;
    fetches_ = problem.empty();
    if (fetches_)
        return;
    if (wanted_ == Road::callback)
        throw Error(
            Trouble::rejected, "the target cannot reach this machine: " + problem,
            "open that port here, name an address of this machine with --advertise, or leave out --link");
    notice_("the target cannot reach this machine, so it is asked for events and brought its payload (" +
            problem + ")");
}

Roads AgentLine::survey()
{
    Roads roads;
    const auto ask = [&] {
        const link::Reach reach = link_->probe_callback(true, Deadline::in(survey_limit));
        roads.callback = reach.callback;
        roads.depot = reach.depot;
    };
    use_port();
    try {
        ask();
        return roads;
    } catch (const Error& error) {
        if (error.trouble() != Trouble::unreachable)
            throw;
        roads.port = error.text();
    }
    const std::string neither = "neither its port (" + roads.port + ") nor a tunnel leads to the agent";
    common::while_doing(neither, [&] {
        if (!use_tunnel())
            throw Error(Trouble::unreachable, "the agent is gone, or the target does not let it call itself",
                        "a firewall on the target must at least accept what comes by lo");
        ask();
    });
    return roads;
}

bool AgentLine::take_another()
{
    if (wanted_ == Road::callback || wanted_ == Road::polling)
        return false;
    const bool was_in_tunnel = in_tunnel_;
    try {
        if (!use_tunnel())
            return false;
    } catch (const Error&) {
        if (was_in_tunnel && wanted_ == Road::automatic)
            use_port(); // the next call finds out
        throw;
    }
    if (!was_in_tunnel)
        notice_(
            "the agent's port does not answer any more; all goes through the login's session from now on");
    return true;
}

} // namespace manager::drivers
