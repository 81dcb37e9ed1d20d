#include "agent/stop_event_windows.hpp"
#include "agent/stop_request.hpp"
#include "common/os/windows.hpp"

namespace agent {

using common::os::Handle;

std::wstring stop_event(const ProcessName& agent)
{
    return L"Global\\Soapstone-stop-" + std::to_wstring(agent.pid) + L"-" + std::to_wstring(agent.start);
}

bool ask_to_stop(const ProcessName& agent)
{
    const Handle event(::OpenEventW(EVENT_MODIFY_STATE, FALSE, stop_event(agent).c_str()));
    return event && ::SetEvent(event.get()) != 0;
}

struct StopRequest::Inside {
    Handle event;
};

StopRequest::StopRequest() : inside_(std::make_unique<Inside>())
{
    const std::wstring name = stop_event(ProcessName::of_this_process());
    inside_->event = Handle(::CreateEventW(nullptr, TRUE, FALSE, name.c_str()));
    if (!inside_->event)
        throw common::os::windows_error("making the event by which we are stopped");
    if (::GetLastError() == ERROR_ALREADY_EXISTS)
        throw common::Error(common::Trouble::rejected,
                            "somebody else has made the event by which we are stopped");
}

StopRequest::~StopRequest() = default;

bool StopRequest::wait(std::chrono::milliseconds time) const
{
    return ::WaitForSingleObject(inside_->event.get(), static_cast<DWORD>(time.count())) == WAIT_OBJECT_0;
}

} // namespace agent
