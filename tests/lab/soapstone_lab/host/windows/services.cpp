#include "services.hpp"

#include <iostream>

namespace {

[[noreturn]] void die(const std::string& doing)
{
    std::cerr << "lab: " << doing << ": error " << GetLastError() << std::endl;
    std::exit(1);
}

} // namespace

Service open_manager()
{
    Service manager{OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ENUMERATE_SERVICE)};
    if (manager == nullptr)
        die("opening the service manager");
    return manager;
}

std::vector<Entry> every_service(const Service& manager)
{
    DWORD needed = 0;
    DWORD count = 0;
    DWORD resume = 0;
    std::vector<char> buffer(65'536);
    while (EnumServicesStatusExW(manager.get(), SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL,
                                 reinterpret_cast<BYTE*>(buffer.data()), static_cast<DWORD>(buffer.size()),
                                 &needed, &count, &resume, nullptr) == 0) {
        if (GetLastError() != ERROR_MORE_DATA)
            die("listing services");
        buffer.resize(buffer.size() + needed);
        resume = 0;
    }
    const auto* found = reinterpret_cast<const ENUM_SERVICE_STATUS_PROCESSW*>(buffer.data());
    std::vector<Entry> entries;
    for (DWORD at = 0; at < count; ++at)
        entries.push_back({found[at].lpServiceName, found[at].lpDisplayName, found[at].ServiceStatusProcess});
    return entries;
}
