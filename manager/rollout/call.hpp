#pragma once

#include "common/error.hpp"
#include "manager/rollout/driver.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace manager::rollout {

enum class Work {
    scout,
    copy,
    start,
    inventory,
    submit,
    poll,
    cancel,
    kill,
    reboot,
    cancel_reboot,
    reconnect,
    collect,
    remove
};

/// One call to a driver, with copies of all it needs, so that it can go to another thread.
struct Call {
    Work work = Work::scout;
    std::vector<std::string> packages;            ///< inventory
    std::string job;                              ///< submit, cancel, kill
    std::optional<baseline::Component> component; ///< submit
    std::chrono::seconds limit{0};                ///< submit
    bool allow_downgrade = false;                 ///< submit
    std::uint64_t since = 0;                      ///< poll
    RebootWish reboot;                            ///< reboot
    std::filesystem::path folder;                 ///< collect
};

/// What came of a call: an error, or what its kind of work returns.
struct CallResult {
    Work work = Work::scout;
    std::optional<common::Error> error;
    Facts facts;
    JobReport report;
    std::vector<AgentEvent> events;
    RebootReport reboot;
    std::string boot; ///< reconnect
    std::optional<LogProof> log;
    Removal removal;
    bool silent = false; ///< submit, poll: see Driver::is_silent()
};

/// Makes the call on this thread. Never throws: whatever leaves the driver becomes an error of the result.
CallResult carry_out(Driver& driver, const Call& call, const Tell& tell);

} // namespace manager::rollout
