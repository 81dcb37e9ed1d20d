#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace agent::power {

/// Has the system boot anew once `delay` has passed; it tells `message` to who is logged in. Returns the
/// delay as the system counts it: Linux has whole minutes. Nothing where nothing there waits: then the caller
/// does, and calls restart(). What the system's program says goes to `log`. Throws `rejected` when there will
/// be no boot. Asked again before the time is over, it counts anew.
std::optional<std::chrono::seconds> schedule(std::chrono::seconds delay, const std::string& message,
                                             const std::filesystem::path& log);

/// Takes back what schedule() began. Throws `rejected` when it is too late for that.
void cancel(const std::filesystem::path& log);

/// Boots anew, now. Throws `rejected`.
void restart(const std::filesystem::path& log);

} // namespace agent::power
