// A Windows service for the lab's own tests. It writes its start arguments to said.txt beside itself, a line
// each, reports RUNNING and waits for STOP. Argument "slow": is START_PENDING for two seconds; "never": until
// it is killed.

#include <fstream>
#include <string>
#include <windows.h>

namespace {

HANDLE told_to_stop = CreateEventW(nullptr, TRUE, FALSE, nullptr); // a handler is given no context otherwise
SERVICE_STATUS_HANDLE status_handle;

void report(DWORD state)
{
    SERVICE_STATUS status{};
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP : 0;
    status.dwWaitHint = 5'000;
    SetServiceStatus(status_handle, &status);
}

void WINAPI handle(DWORD control)
{
    if (control != SERVICE_CONTROL_STOP)
        return;
    report(SERVICE_STOP_PENDING);
    SetEvent(told_to_stop);
}

std::string beside(const std::string& name)
{
    std::string path(MAX_PATH, '\0');
    path.resize(GetModuleFileNameA(nullptr, path.data(), MAX_PATH));
    return path.substr(0, path.rfind('\\') + 1) + name;
}

void WINAPI serve(DWORD count, char** words)
{
    status_handle = RegisterServiceCtrlHandlerA(words[0], handle);
    report(SERVICE_START_PENDING);
    std::ofstream said{beside("said.txt")};
    for (DWORD at = 1; at < count; ++at)
        said << words[at] << '\n' << std::flush;
    const std::string how = count > 1 ? words[1] : "";
    if (how == "slow")
        Sleep(2'000);
    if (how == "never")
        Sleep(INFINITE);
    report(SERVICE_RUNNING);
    WaitForSingleObject(told_to_stop, INFINITE);
    report(SERVICE_STOPPED);
}

} // namespace

int main()
{
    char name[] = "";
    const SERVICE_TABLE_ENTRYA services[] = {{name, serve}, {nullptr, nullptr}};
    return StartServiceCtrlDispatcherA(services) != 0 ? 0 : 1;
}
