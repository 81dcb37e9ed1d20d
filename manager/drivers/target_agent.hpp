#pragma once

#include "common/error.hpp"
#include "manager/drivers/agent_line.hpp"
#include "manager/drivers/agent_setting.hpp"
#include "manager/link/agent_link.hpp"
#include "manager/rollout/driver.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace manager::drivers {

/// The agent of one target: put there, replaced by a fresh one when it no longer answers, taken away. A fresh
/// one finds the journal of the old one and goes on. Used by one thread at a time; calls block.
class TargetAgent {
public:
    static constexpr std::chrono::seconds call_limit{10}; ///< for a short call to it

    TargetAgent(const AgentSetting& setting, target::Target target, std::size_t index);
    TargetAgent(const TargetAgent&) = delete;
    TargetAgent& operator=(const TargetAgent&) = delete;
    ~TargetAgent();

    void scout(const rollout::Tell& tell);
    void copy(const rollout::Tell& tell);
    void start(const rollout::Tell& tell);

    /// Makes `call(link::AgentLink&)`; without an answer, once more by another road or to a fresh agent.
    /// Throws what the call throws, `unreachable` also where no agent was ever started.
    template <typename Call>
    auto ask(Call call);

    /// For calls that are not to bring a fresh agent there. Throws `unreachable` when there is none.
    link::AgentLink& present();

    /// Lets go of an agent that will not answer again, and of the session it was started in.
    void forget();

    /// It neither comes for its payload nor brings its events by itself.
    bool is_silent() const { return line_ && !line_->fetches(); }

    /// No connection of our own leads to it.
    bool is_in_tunnel() const { return line_ && line_->is_in_tunnel(); }

    /// Tells the agent to go, and removes it without its help when it does not.
    rollout::Removal remove();

    const std::string& machine() const { return machine_; }           ///< its id, once started
    const transport::Platform& platform() const { return platform_; } ///< once scouted
    std::uint16_t port() const { return footprint_.port; }            ///< once started
    const Roads& roads() const { return roads_; }                     ///< of a trial, once started

private:
    std::unique_ptr<transport::Transport> connect() const;
    common::Orders orders();
    void refuse_second_name() const;
    void tell_opening(const common::Ready& ready) const;
    void tell_login(const common::Error* failure) const;
    void call_failed(const common::Error& error);
    void deploy_again();
    rollout::Removal look();
    rollout::Removal look_until_gone();
    rollout::Removal take_away();

    const AgentSetting& setting_;
    target::Target target_;
    std::size_t index_;
    std::unique_ptr<transport::Transport> transport_;
    transport::Platform platform_;
    transport::Footprint footprint_;
    std::string machine_;
    Roads roads_;
    std::string pin_;       ///< of the agent that was started last
    std::string failpoint_; ///< of the first agent only: a fresh one is to get past it
    std::unique_ptr<AgentLine> line_;
    bool started_ = false;           ///< an agent was, at least once
    unsigned misses_ = 0;            ///< calls in a row that got no answer
    bool took_another_road_ = false; ///< since the last answer
};

template <typename Call>
auto TargetAgent::ask(Call call)
{
    if (!line_ && !started_)
        throw common::Error(common::Trouble::unreachable, "there is no agent");
    if (!line_)
        deploy_again();
    const auto ask = [&] {
        auto result = call(line_->agent());
        misses_ = 0;
        took_another_road_ = false;
        setting_.roster.heard(pin_, line_->road());
        return result;
    };
    try {
        return ask();
    } catch (const common::Error& error) {
        call_failed(error);
    }
    return ask();
}

} // namespace manager::drivers
