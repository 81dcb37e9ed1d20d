#pragma once

#include "manager/rollout/run.hpp"

namespace manager::rollout {

/// What `soapstone` returns (docs/exit-codes.md). HP SUM's numbers where it had them, its -1..-3 as a shell
/// shows them.
enum class ExitCode : int {
    ok = 0,
    ok_reboot = 1,
    not_required = 3,
    unreachable = 4,
    dependency = 6,
    not_verified = 7,
    leftovers = 10,
    interrupted = 130,
    terminated = 143,
    component_failed = 253,
    bad_parameter = 254,
    general = 255,
};

/// The one code for a whole run: the gravest thing that happened anywhere in it.
ExitCode exit_code_of(const Run& run);

} // namespace manager::rollout
