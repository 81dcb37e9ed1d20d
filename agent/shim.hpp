#pragma once

#include "agent/failpoint.hpp"

#include <filesystem>
#include <functional>

/// The process between agent and installer. It makes the claim, starts the installer, waits for it and
/// records how it ended, and needs nobody for that: agents may come and go meanwhile.
namespace agent::shim {

/// Does the job whose folder this is; the run's `logs` and `payload` lie beside `jobs`. One thread, and the
/// process is its own: children of others that lose their parent become its own. Returns the exit code.
int work(const std::filesystem::path& job_folder, const Failpoints& failpoints);

/// `soapstone-agent shim`: standard input holds a record that tells what to work on.
int main();

/// Whether a shim that was started has ended. To be asked until it has, by one thread at a time.
using HasEnded = std::function<bool()>;

/// Starts a shim for a job; throws Error. Any thread.
using Start = std::function<HasEnded(const std::filesystem::path& job_folder, const Failpoints& failpoints)>;

} // namespace agent::shim
