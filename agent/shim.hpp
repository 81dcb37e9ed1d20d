#pragma once

#include "agent/failpoint.hpp"

#include <filesystem>
#include <functional>
#include <sys/types.h>

/// The process between agent and installer. It makes the claim, starts the installer, waits for it and
/// records how it ended, and needs nobody for that: agents may come and go meanwhile.
namespace agent::shim {

/// Does the job whose folder this is; the run's `logs` and `payload` lie beside `jobs`. One thread, and the
/// process is its own: children of others that lose their parent become its own. Returns the exit code.
int work(const std::filesystem::path& job_folder, const Failpoints& failpoints);

/// `soapstone-agent shim`: the job's folder is open as descriptor 3, standard input holds a record.
int main();

/// Starts a shim for a job and returns its process number; throws Error. Any thread.
using Start = std::function<pid_t(const std::filesystem::path& job_folder, const Failpoints& failpoints)>;

/// Starts the program that is open as `program`, with the argument "shim", in a session of its own.
pid_t start(int program, const std::filesystem::path& job_folder, const Failpoints& failpoints);

} // namespace agent::shim
