#pragma once

#include "manager/bmc/http.hpp"
#include "manager/bmc/json.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// What the answers to an update mean. Pure functions; none of it is proof of anything but the version that
/// the inventory shows in the end.
namespace manager::bmc {

/// Where the progress of an update can be seen.
struct TaskPlace {
    std::string task;    ///< path of the Task, or of what Dell calls a job; empty: not known
    std::string monitor; ///< path of its monitor; empty: not known

    bool is_known() const { return !task.empty() || !monitor.empty(); }
};

enum class Stage {
    working,        ///< it goes on
    ended,          ///< the BMC says that it has done it
    waits_for_host, ///< it goes on when the host reboots
    failed,         ///< the BMC says that it has not
    gone,           ///< nobody knows the task: it says nothing about the update
};

/// One look at an update.
struct Look {
    Stage stage = Stage::working;
    std::optional<unsigned> percent;
    std::string text;         ///< what the BMC says of it, one line
    bool needs_reset = false; ///< the BMC says that it must be reset
    TaskPlace place;          ///< more than was known before, where there is more
};

/// What a TaskState, or Dell's JobState, means; `percent` decides for some. A word that nobody knows is
/// taken for one of work that goes on.
Stage stage_of(std::string_view state, std::optional<unsigned> percent);

/// A Task, or a job of Dell's.
Look read_task(const Json& task);

/// The texts of `Messages`, or of the extended information of an error, in one line: "Update failed
/// (Update.1.0.VerificationFailed)".
std::string messages_of(const Json& answer);

/// Why the BMC refused, with the status where it says nothing: "the update service is busy (503)".
std::string refusal_of(const Reply& reply);

/// Where the answer to an accepted update says that its progress can be seen.
TaskPlace task_place(const Reply& reply);

/// Retry-After, a number of seconds or a date, within 1 to 60 s; nothing where there is none.
std::optional<std::chrono::seconds> retry_after(const Reply& reply,
                                                std::chrono::system_clock::time_point now);

} // namespace manager::bmc
