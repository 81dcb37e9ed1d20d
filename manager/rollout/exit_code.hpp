#pragma once

#include "manager/rollout/run.hpp"

#include <string_view>

namespace manager::rollout {

/// What `soapstone` returns (docs/exit-codes.md). HP SUM's numbers where it had them, its -1..-3 as a shell
/// shows them; scripts rely on them.
enum class ExitCode : int {
    ok = 0,           ///< all done and verified
    ok_reboot = 1,    ///< all done, a reboot is pending somewhere
    not_required = 3, ///< nothing was needed anywhere
    unreachable = 4,  ///< nothing failed, at least one target was not reached
    dependency = 6,   ///< nothing failed, but something was left out for an unmet dependency
    not_verified = 7, ///< installed, but the version found afterwards differs or could not be read; also of a
                      ///< BMC that nothing certain is known of
    gate_stopped = 8, ///< canary or max-fail stopped the run; some targets are untouched
    plan_drift = 9,   ///< the plan no longer matches reality
    leftovers = 10,   ///< all done, but something stayed, or may have stayed, on a target
    locked = 11,      ///< every target is owned by another session
    interrupted = 130,      ///< stopped by the user, after clean-up
    terminated = 143,       ///< stopped by the system, after clean-up
    component_failed = 253, ///< at least one target failed
    bad_parameter = 254,    ///< nothing was contacted
    general = 255,          ///< anything else, also internal errors
};

/// `COMPONENT_FAILED`; as in docs and reports.
std::string_view name_of(ExitCode code);

/// The code of a run: of all that apply, the one that stands first in the table of docs/exit-codes. A run
/// that is not over counts as interrupted. Of a run that looked only and reached everything: ok.
ExitCode exit_code_of(const Run& run);

/// True when something of ours stayed on the target, or nobody could look whether it did.
bool is_left_over(const TargetState& target);

} // namespace manager::rollout
