// Runs in a Windows-like lab host: prints all services, a JSON object a line, as the service manager itself
// tells them to a program on the same machine.

#include "services.hpp"

#include <iostream>

namespace {

/// UTF-8 in the quotes of JSON.
std::string quoted(const std::wstring& text)
{
    const int size = WideCharToMultiByte(CP_UTF8, 0, text.c_str(), static_cast<int>(text.size()), nullptr, 0,
                                         nullptr, nullptr);
    std::string plain(static_cast<std::size_t>(size), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text.c_str(), static_cast<int>(text.size()), plain.data(), size, nullptr,
                        nullptr);
    std::string result = "\"";
    for (const char each : plain) {
        if (each == '"' || each == '\\')
            result += '\\';
        result += each;
    }
    return result + '"';
}

void print(const Service& manager, const Entry& one)
{
    const Service service{OpenServiceW(manager.get(), one.name.c_str(), SERVICE_QUERY_CONFIG)};
    std::vector<char> buffer(8'192); // the most that a configuration can have
    auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
    DWORD needed = 0;
    if (QueryServiceConfigW(service.get(), config, static_cast<DWORD>(buffer.size()), &needed) == 0)
        return; // deleted meanwhile
    std::cout << "{\"name\": " << quoted(one.name) << ", \"display\": " << quoted(one.display)
              << ", \"path\": " << quoted(config->lpBinaryPathName) << ", \"start\": " << config->dwStartType
              << ", \"state\": " << one.status.dwCurrentState
              << ", \"windows_pid\": " << one.status.dwProcessId << "}\n";
}

} // namespace

int main()
{
    const Service manager = open_manager();
    for (const Entry& one : every_service(manager))
        print(manager, one);
}
