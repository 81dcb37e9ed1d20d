#include "agent/scm_windows.hpp"

#include "agent/run.hpp"
#include "agent/service_status_windows.hpp"
#include "agent/shim_start_windows.hpp"
#include "agent/start_folder_windows.hpp"
#include "agent/state_folder.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace agent {

namespace {

constexpr DWORD failed = 1; // service specific exit code; the other one is agent_busy_status

/// The life of an agent. What goes wrong is told in its start folder as by the agent on Linux to its first
/// process: "+" (the ready line), "=" (why not now) or "-" (why not at all). Returns the service's exit code.
DWORD live(const std::vector<std::string>& pieces, const StartFolder& start, ServiceStatus& status)
{
    try {
        const common::Orders orders = common::from_arguments(pieces);
        const StopRequest stop;
        const auto ready = [&](const common::Ready& line) {
            remove_dead_starts(state_folder(), start);
            start.answer("+" + line.line());
            status.tell_running();
        };
        if (run(orders, RunFolder(state_folder(), orders.run), shim::start, stop, ready)) {
            remove_dead_starts(state_folder(), start); // of those whose installers were still at work
            start.remove_service();
            start.remove_when_gone();
        }
        return 0;
    } catch (const std::exception& error) {
        const auto* known = dynamic_cast<const common::Error*>(&error);
        const bool busy = known != nullptr && known->trouble() == common::Trouble::busy;
        start.answer((busy ? "=" : "-") + common::one_line(error.what()));
        start.remove_service(); // the answer stays for the manager, which removes it
        return busy ? common::agent_busy_status : failed;
    }
}

void WINAPI service_main(DWORD count, wchar_t** arguments)
{
    ServiceStatus status(arguments[0]);
    DWORD problem = failed;
    try {
        std::vector<std::string> pieces;
        for (DWORD i = 1; i < count; ++i)
            pieces.push_back(common::os::to_utf8(arguments[i]));
        problem = live(pieces, StartFolder::own(), status);
    } catch (const std::exception&) { // nowhere to tell it
    }
    status.tell_stopped(problem);
    // Not by way of the dispatcher, which waits for the service manager to close its end: our file is to go.
    ::TerminateProcess(::GetCurrentProcess(), 0);
}

} // namespace

int serve_as_service()
{
    wchar_t own_process[] = L""; // Windows takes no notice of the name when a process is one service
    const SERVICE_TABLE_ENTRYW services[] = {{own_process, service_main}, {nullptr, nullptr}};
    return ::StartServiceCtrlDispatcherW(services) ? 0 : 1;
}

} // namespace agent
