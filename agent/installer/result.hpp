#pragma once

#include <optional>
#include <string_view>

namespace agent::installer {

/// What the return of an installer means, in the order of the contract's JobResult.
enum class Result {
    ok,
    ok_reboot,         ///< installed; takes effect after a reboot
    rebooting,         ///< the component reboots the target itself
    not_needed,        ///< was there already
    not_applicable,    ///< not for this system
    downgrade_blocked, ///< a newer version is there, and the order does not allow to go back
    dependency,        ///< something else is missing
    cancelled,
    busy_retry, ///< another package manager holds the lock
    failed,
    timed_out,
    killed,       ///< ended by a signal that was not ours
    unknown_code, ///< a code that its table does not know; never a success
};

std::string_view name_of(Result result);
std::optional<Result> result_named(std::string_view name);

} // namespace agent::installer
