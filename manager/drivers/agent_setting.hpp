#pragma once

#include "common/net/core.hpp"
#include "common/os/audit.hpp"
#include "manager/drivers/agent_binary.hpp"
#include "manager/drivers/machines.hpp"
#include "manager/link/log_server.hpp"
#include "manager/link/roster.hpp"
#include "manager/rollout/road.hpp"
#include "manager/target/target.hpp"
#include "manager/transport/transport.hpp"
#include "manager/trust/run_keys.hpp"

#include <functional>
#include <memory>
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
    std::function<void(std::size_t target, std::string text)> log; ///< for the run's own log alone
    std::string manager;                                           ///< who and where we are, "alice on ws1"
    bool take_over = false;                                        ///< stop agents of other runs
    bool open_firewall = false; ///< agents open their port in the target's firewall for us
    std::string failpoint;      ///< tests only; see common::Orders
    /// Set: everything is looked at, and told here as a JSON object; any thread.
    std::function<void(std::size_t target, const std::string& details)> inventory{};
    /// Set: tells what we wrote of a target, for its folder of logs; any thread.
    std::function<std::string(std::size_t target)> own_log{};
    /// Set: targets that nothing but a tunnel leads to put their logs there.
    link::LogServer* log_server = nullptr;
    common::os::Audit audit{"soapstone", {}}; ///< what is to be told of the run to the system's log
    bool trial = false; ///< agents only show that they can be there: all roads are tried, nothing stays
};

} // namespace manager::drivers
