#include "common/os/audit.hpp"
#include "common/os/windows.hpp"

namespace common::os {

namespace {

struct Deregister {
    void operator()(HANDLE log) const noexcept { ::DeregisterEventSource(log); }
};

} // namespace

/// Without a message file of ours, which would have to stay behind: the event viewer says that it cannot find
/// a description, and shows the line below that.
void Audit::send(Severity severity, const std::string& line) const
{
    const std::unique_ptr<void, Deregister> log(::RegisterEventSourceW(nullptr, L"Soapstone"));
    const std::wstring text =
        to_wide(program_ + '[' + std::to_string(::GetCurrentProcessId()) + "]: " + line);
    const wchar_t* const lines[] = {text.c_str()};
    const WORD type = severity == Severity::warning ? EVENTLOG_WARNING_TYPE : EVENTLOG_INFORMATION_TYPE;
    if (log)
        ::ReportEventW(log.get(), type, 0, 1, nullptr, 1, 0, const_cast<const wchar_t**>(lines), nullptr);
}

} // namespace common::os
