#pragma once

#include "common/net/core.hpp"
#include "common/os/audit.hpp"
#include "manager/drivers/agent_binary.hpp"
#include "manager/drivers/agent_line.hpp"
#include "manager/drivers/machines.hpp"
#include "manager/link/agent_link.hpp"
#include "manager/link/roster.hpp"
#include "manager/rollout/driver.hpp"
#include "manager/transport/transport.hpp"
#include "manager/trust/run_keys.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::drivers {

/// What all drivers of a run share; outlives them. Its parts are safe for any thread.
struct AgentSetting {
    std::string run;
    std::uint64_t epoch = 1;
    std::chrono::seconds lease{300};
    rollout::Road road = rollout::Road::automatic;
    std::uint16_t first_port = 62286; ///< that agents try
    const trust::RunKeys& keys;
    common::net::Loop& loop;
    link::Roster& roster;
    Machines& machines;
    const Agents& agents;
    /// `notice` is told what the user should know of the way to the target.
    std::function<std::unique_ptr<transport::Transport>(const target::Target&,
                                                        std::function<void(const std::string&)> notice)>
        connect;
    /// Our ports as a target reaches them, which sees us at `our_address`.
    std::function<std::vector<common::Endpoint>(const std::string& our_address)> callbacks;
    std::function<std::vector<common::Endpoint>(const std::string& our_address)> depots;
    std::function<void(std::size_t target, std::string text)> notice;
    std::string manager;        ///< who and where we are, "alice on ws1"
    bool take_over = false;     ///< stop agents of other runs
    bool open_firewall = false; ///< agents open their port in the target's firewall for us
    std::string failpoint;      ///< tests only; see common::Orders
    /// Set: everything is looked at, and told here as a JSON object; any thread.
    std::function<void(std::size_t target, const std::string& details)> inventory{};
    common::os::Audit audit{"soapstone", {}}; ///< what is to be told of the run to the system's log
    bool trial = false; ///< agents only show that they can be there: all roads are tried, nothing stays
};

/// Drives a target by an agent that it puts there. An agent that no longer answers is replaced by a fresh
/// one, which finds the journal of the old one and goes on.
class AgentDriver final : public rollout::Driver {
public:
    AgentDriver(const AgentSetting& setting, target::Target target, std::size_t index);
    ~AgentDriver() override;

    void scout(const rollout::Tell& tell) override;
    void copy(const rollout::Tell& tell) override;
    void start(const rollout::Tell& tell) override;
    rollout::Facts inventory(const std::vector<std::string>& packages) override;
    rollout::JobReport submit(const std::string& job, const baseline::Component& component,
                              std::chrono::seconds limit, bool allow_downgrade) override;
    std::vector<rollout::AgentEvent> poll(std::uint64_t since) override;
    bool is_silent() const override { return line_ && !line_->fetches(); }
    rollout::JobReport cancel(const std::string& job, bool kill) override;
    rollout::RebootReport reboot(const rollout::RebootWish& wish) override;
    rollout::RebootReport cancel_reboot() override;
    std::string reconnect(const rollout::Tell& tell) override;
    std::optional<rollout::LogProof> collect(const std::filesystem::path& folder) override;
    rollout::Removal remove() override;

    const transport::Platform& platform() const { return platform_; } ///< once scouted
    std::uint16_t agent_port() const { return footprint_.port; }      ///< once started
    const Roads& roads() const { return roads_; }                     ///< of a trial, once started

private:
    template <typename Call>
    auto with_agent(Call call);
    void call_failed(const common::Error& error);
    std::unique_ptr<transport::Transport> connect() const;
    void deploy_again();
    link::AgentLink& present_agent();
    std::string boot_of_present_agent();
    void bring(link::AgentLink& agent) const;
    bool wants_payload(const link::News& news) const;
    void bring_what_is_wanted(link::AgentLink& agent, std::uint64_t since) const;
    void collect_one(const link::LogFile& log, const std::filesystem::path& folder);
    common::Orders orders();
    void refuse_second_name() const;
    void tell_opening(const common::Ready& ready) const;
    void tell_login(const common::Error* failure) const;
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
    std::string failpoint_; ///< of the first agent only: a fresh one is to get past it
    std::unique_ptr<AgentLine> line_;
    std::optional<baseline::Component> component_; ///< of the newest order
    bool started_ = false;                         ///< an agent was, at least once
    unsigned misses_ = 0;                          ///< calls in a row that got no answer
    bool took_another_road_ = false;               ///< since the last answer
};

} // namespace manager::drivers
