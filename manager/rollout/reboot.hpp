#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace manager::rollout {

/// When a target is rebooted once its components are installed. One on which nothing was installed never is.
enum class RebootPolicy {
    never,
    needed, ///< all components are installed, and at least one asks for it
    always, ///< at least one component was installed, and none failed
};

/// "never", "needed", "always"
std::string_view name_of(RebootPolicy policy);
std::optional<RebootPolicy> reboot_policy_named(std::string_view name);

/// What the user wants of reboots.
struct RebootRules {
    RebootPolicy policy = RebootPolicy::never;
    std::optional<std::chrono::seconds> delay; ///< none: 15 s on Windows, 60 s on Linux
    std::string message;                       ///< for who is logged in on the target
    std::chrono::seconds timeout{900};         ///< from its going down until it can be logged in to again
};

/// How far the reboot of one target is.
struct RebootProgress {
    std::string boot;         ///< that is to end; empty: none was ordered
    std::int64_t ordered = 0; ///< ms since 1970, as the next two
    std::int64_t down = 0;    ///< it answered no more; 0: not known
    std::int64_t back = 0;    ///< another boot was found; 0: not yet
    bool cancelled = false;   ///< it is not made any more

    bool is_open() const { return !boot.empty() && back == 0 && !cancelled; }
};

} // namespace manager::rollout
