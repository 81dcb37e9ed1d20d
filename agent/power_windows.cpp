#include "agent/power.hpp"
#include "common/os/windows.hpp"

namespace agent::power {

using common::os::windows_error;

namespace {

/// Even SYSTEM has it switched off.
void take_privilege()
{
    HANDLE opened = nullptr;
    if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &opened))
        throw windows_error("opening the token of the agent");
    const common::os::Handle token(opened);
    TOKEN_PRIVILEGES wanted{};
    wanted.PrivilegeCount = 1;
    wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (!::LookupPrivilegeValueW(nullptr, L"SeShutdownPrivilege", &wanted.Privileges[0].Luid) ||
        !::AdjustTokenPrivileges(token.get(), FALSE, &wanted, 0, nullptr, nullptr) ||
        ::GetLastError() != ERROR_SUCCESS)
        throw windows_error("taking the right to shut Windows down");
}

void initiate(std::chrono::seconds delay, const std::string& message)
{
    take_privilege();
    std::wstring text = common::os::to_wide(message);
    // Programs are closed even when they ask whether something is to be saved: nobody may be there to answer.
    if (!::InitiateSystemShutdownExW(nullptr, text.data(), static_cast<DWORD>(delay.count()), TRUE, TRUE,
                                     SHTDN_REASON_MAJOR_APPLICATION | SHTDN_REASON_MINOR_INSTALLATION |
                                         SHTDN_REASON_FLAG_PLANNED))
        throw windows_error("telling Windows to restart");
}

} // namespace

std::optional<std::chrono::seconds> schedule(std::chrono::seconds delay, const std::string& message,
                                             const std::filesystem::path&)
{
    initiate(delay, message);
    return delay;
}

void cancel(const std::filesystem::path&)
{
    take_privilege();
    if (!::AbortSystemShutdownW(nullptr))
        throw windows_error("taking the restart of Windows back");
}

void restart(const std::filesystem::path&)
{
    initiate(std::chrono::seconds(0), {});
}

} // namespace agent::power
