// Runs in a Windows-like lab host: prints all services of its own (no drivers), a JSON object a line, as the
// service manager itself tells them to a program on the same machine.

#include <iostream>
#include <memory>
#include <string>
#include <vector>
#include <windows.h>

namespace {

struct CloseIt {
    void operator()(SC_HANDLE handle) const noexcept { CloseServiceHandle(handle); }
};
using Service = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseIt>;

[[noreturn]] void die(const std::string& doing)
{
    std::cerr << "list_services: " << doing << ": error " << GetLastError() << std::endl;
    std::exit(1);
}

/// UTF-8 in the quotes of JSON.
std::string quoted(const wchar_t* text)
{
    std::string plain(
        static_cast<std::size_t>(WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr)),
        '\0');
    WideCharToMultiByte(CP_UTF8, 0, text, -1, plain.data(), static_cast<int>(plain.size()), nullptr, nullptr);
    std::string result = "\"";
    for (const char each : plain) {
        if (each == '"' || each == '\\')
            result += '\\';
        if (each != '\0')
            result += each;
    }
    return result + '"';
}

std::vector<char> all_of(SC_HANDLE manager, DWORD& count)
{
    DWORD needed = 0;
    DWORD resume = 0;
    std::vector<char> buffer(65'536);
    while (EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL,
                                 reinterpret_cast<BYTE*>(buffer.data()), static_cast<DWORD>(buffer.size()),
                                 &needed, &count, &resume, nullptr) == 0) {
        if (GetLastError() != ERROR_MORE_DATA)
            die("listing services");
        buffer.resize(buffer.size() + needed);
        resume = 0;
    }
    return buffer;
}

void print(SC_HANDLE manager, const ENUM_SERVICE_STATUS_PROCESSW& one)
{
    const Service service{OpenServiceW(manager, one.lpServiceName, SERVICE_QUERY_CONFIG)};
    std::vector<char> buffer(8'192); // the most that a configuration can have
    auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
    DWORD needed = 0;
    if (service == nullptr ||
        QueryServiceConfigW(service.get(), config, static_cast<DWORD>(buffer.size()), &needed) == 0)
        return; // deleted meanwhile
    std::cout << "{\"name\": " << quoted(one.lpServiceName) << ", \"display\": " << quoted(one.lpDisplayName)
              << ", \"path\": " << quoted(config->lpBinaryPathName) << ", \"start\": " << config->dwStartType
              << ", \"state\": " << one.ServiceStatusProcess.dwCurrentState
              << ", \"windows_pid\": " << one.ServiceStatusProcess.dwProcessId << "}\n";
}

} // namespace

int main()
{
    const Service manager{OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ENUMERATE_SERVICE)};
    if (manager == nullptr)
        die("opening the service manager");
    DWORD count = 0;
    const std::vector<char> buffer = all_of(manager.get(), count);
    const auto* services = reinterpret_cast<const ENUM_SERVICE_STATUS_PROCESSW*>(buffer.data());
    for (DWORD at = 0; at < count; ++at)
        print(manager.get(), services[at]);
}
