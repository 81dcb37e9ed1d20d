#pragma once

#include "common/error.hpp"
#include "manager/drivers/agent_setting.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::drivers {

/// How one thing stands that a run needs.
enum class Health {
    ok,
    warning, ///< a run would do its work, but somebody should look
    closed,  ///< a port; a run takes another road
    failed,  ///< no run gets past this
};

std::string_view name_of(Health health);

/// What was found at one hop on the way to a target.
struct Finding {
    std::string hop; ///< login, folders, state, clock, packages, left-overs, agent, "agent port", ...
    Health health = Health::ok;
    std::string text;    ///< a sentence
    std::string way_out; ///< what to do, a sentence; or empty
    std::string command; ///< what to type as root to mend it; or empty
    std::string where;   ///< where to type it: "here", or the target's name
};

/// What a run would meet on one target.
struct Examination {
    std::vector<Finding> findings; ///< in the order of the way
    std::string road;              ///< callback, polling or tunnel: what a run would take; empty = none
    std::optional<common::Trouble> trouble; ///< why a run would fail there
    std::vector<std::string> left;          ///< of ours on the target, after all
};

/// Sends an agent there on trial, tries each road in both directions, takes it away again and tells what was
/// found. Never throws for what is wrong at the target. `setting` is one for a trial; `ours` is the firewall
/// of this machine. Takes some seconds, some minutes at worst.
Examination examine(const AgentSetting& setting, const transport::Firewall& ours,
                    const target::Target& target, std::size_t index);

/// How far the target's clock goes before ours (negative: behind), as far as is certain: 0 when the
/// difference may come from the time that the answer took.
std::chrono::milliseconds clock_difference(const transport::ClockReading& reading);

} // namespace manager::drivers
