#include "agent/stop_event_windows.hpp"
#include "agent/stop_process.hpp"
#include "common/os/windows.hpp"

namespace agent {

namespace {

constexpr DWORD patience = 5'000; // ms
constexpr DWORD kill_time = 3'000;

} // namespace

void stop_process(const ProcessName& process)
{
    const common::os::Handle handle(
        ::OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, static_cast<DWORD>(process.pid)));
    // Looked at with the handle in hand: from now on its number is nobody else's.
    if (!handle || !process.lives())
        return;
    if (ask_to_stop(process) && ::WaitForSingleObject(handle.get(), patience) == WAIT_OBJECT_0)
        return;
    ::TerminateProcess(handle.get(), ERROR_PROCESS_ABORTED);
    ::WaitForSingleObject(handle.get(), kill_time);
}

} // namespace agent
