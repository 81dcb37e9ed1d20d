#include "agent/service_status_windows.hpp"

#include "agent/stop_event_windows.hpp"

#include <chrono>

namespace agent {

namespace {

constexpr std::chrono::milliseconds tick_time{500};
constexpr DWORD wait_hint = 10'000; // ms

} // namespace

ServiceStatus::ServiceStatus(const wchar_t* service)
{
    status_.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status_.dwCurrentState = SERVICE_START_PENDING;
    handle_ = ::RegisterServiceCtrlHandlerExW(service, control, this);
    if (handle_ == nullptr)
        throw common::os::windows_error("registering with the service control manager");
    enter(SERVICE_START_PENDING);
    ticker_ = std::jthread([this](const std::stop_token& stop) { tick(stop); });
}

void ServiceStatus::tell_running()
{
    enter(SERVICE_RUNNING);
}

void ServiceStatus::tell_stopped(DWORD problem)
{
    ticker_.request_stop();
    ticker_.join();
    enter(SERVICE_STOPPED, problem);
}

DWORD ServiceStatus::control(DWORD what, DWORD, void*, void* self)
{
    if (what == SERVICE_CONTROL_STOP || what == SERVICE_CONTROL_SHUTDOWN) {
        static_cast<ServiceStatus*>(self)->enter(SERVICE_STOP_PENDING);
        ask_to_stop(ProcessName::of_this_process());
        return NO_ERROR;
    }
    return what == SERVICE_CONTROL_INTERROGATE ? NO_ERROR : ERROR_CALL_NOT_IMPLEMENTED;
}

void ServiceStatus::enter(DWORD state, DWORD problem)
{
    const std::lock_guard lock(mutex_);
    status_.dwCurrentState = state;
    status_.dwCheckPoint = 0;
    status_.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0;
    status_.dwWin32ExitCode = problem == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    status_.dwServiceSpecificExitCode = problem;
    tell();
}

void ServiceStatus::tell()
{
    const bool pending =
        status_.dwCurrentState == SERVICE_START_PENDING || status_.dwCurrentState == SERVICE_STOP_PENDING;
    status_.dwCheckPoint = pending ? status_.dwCheckPoint + 1 : 0;
    status_.dwWaitHint = pending ? wait_hint : 0;
    ::SetServiceStatus(handle_, &status_);
}

void ServiceStatus::tick(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        {
            const std::lock_guard lock(mutex_);
            if (status_.dwCurrentState != SERVICE_RUNNING)
                tell();
        }
        std::this_thread::sleep_for(tick_time);
    }
}

} // namespace agent
