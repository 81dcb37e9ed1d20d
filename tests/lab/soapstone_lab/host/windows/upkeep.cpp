#include "upkeep.hpp"

#include "services.hpp"

namespace {

constexpr DWORD look_again = 500; // ms
constexpr int looks_per_flush = 4;
constexpr DWORD set_status = 0x8000; // a right that wine's dispatcher asks for, too

bool runs(DWORD pid)
{
    const HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);
    if (process == nullptr)
        return false;
    const bool ended = WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
    CloseHandle(process);
    return !ended;
}

/// Tells the service manager in the service's name, as wine's own dispatcher does: there a status handle is
/// one of the service.
void tell_end(const Service& manager, const Entry& service)
{
    const Service handle{OpenServiceW(manager.get(), service.name.c_str(), set_status)};
    SERVICE_STATUS status{};
    status.dwServiceType = service.status.dwServiceType;
    status.dwCurrentState = SERVICE_STOPPED;
    status.dwWin32ExitCode = ERROR_PROCESS_ABORTED;
    SetServiceStatus(reinterpret_cast<SERVICE_STATUS_HANDLE>(handle.get()), &status);
}

} // namespace

void keep_up()
{
    const Service manager = open_manager();
    for (int look = 1;; ++look) {
        Sleep(look_again);
        for (const Entry& one : every_service(manager))
            if (one.status.dwProcessId != 0 && one.status.dwCurrentState != SERVICE_STOPPED &&
                !runs(one.status.dwProcessId))
                tell_end(manager, one);
        if (look % looks_per_flush == 0)
            RegFlushKey(HKEY_LOCAL_MACHINE);
    }
}
