#pragma once

#include "manager/rollout/run.hpp"

#include <optional>
#include <string>

/// What the states of a target's components mean. Pure functions.
namespace manager::rollout {

/// How far one component of a target is.
enum class Standing {
    open,    ///< to be installed, nothing was sent
    sent,    ///< its job was, or may have been, sent; the end is not known
    ended,   ///< its job is over; whether that reached the version is to be looked at
    settled, ///< nothing more to do, well or badly
};

Standing standing(const ComponentState& component);

/// The first component with something left to do; nothing when there is none.
std::optional<std::size_t> next_open(const TargetState& target);

/// True when the job did what it should by what its installer said.
bool is_success(JobState state);
/// True when nobody saw the installer's end, so that only a look at the target tells.
bool is_interrupted(JobState state);
/// True when the installer refused because something it needs is missing: such a component is left out.
bool is_omitted(const JobReport& report);
/// True when the job is over, and none of the above.
bool has_failed(const ComponentState& component);

/// True when the target is to be rebooted, by what its components say and the user wants, and was not yet.
bool owes_reboot(const Request& request, const TargetState& target);

/// True for a target that could not be reached again although work was handed over to it, by a manager before
/// this one or by this one before a reboot: its run is not over.
bool is_out_of_reach(const TargetState& target);

/// How a target ends whose components are as these; `cancelled`: the user stopped it before everything was
/// done. Errors of other steps are not seen here: they have their verdict already.
Outcome judge(const TargetState& target, bool cancelled);

/// One sentence for a target that ended without an error: what was done.
std::string story(const Request& request, const TargetState& target, Outcome outcome);

} // namespace manager::rollout
