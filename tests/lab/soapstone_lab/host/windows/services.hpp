// The services of this Windows, without its drivers. Errors end the program with a line on standard error.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <vector>
#include <windows.h>

struct CloseService {
    void operator()(SC_HANDLE handle) const noexcept { CloseServiceHandle(handle); }
};
using Service = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

Service open_manager();

struct Entry {
    std::wstring name;
    std::wstring display;
    SERVICE_STATUS_PROCESS status;
};

std::vector<Entry> every_service(const Service& manager);
