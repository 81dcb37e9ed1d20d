#include "agent/payload_link.hpp"
#include "common/os/windows.hpp"

namespace agent {

using common::os::Descriptor;
using common::os::Handle;

namespace {

constexpr DWORD pause = 500; // ms

} // namespace

Descriptor link_checked(const std::filesystem::path& payload, const std::filesystem::path& named,
                        const std::function<void(int descriptor)>& check)
{
    // Others may only read: as long as this is open, neither content nor name can be changed, so the name
    // stands for what was checked.
    Handle handle(::CreateFileW(payload.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                                FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
    if (!handle &&
        ::GetLastError() == ERROR_SHARING_VIOLATION) { // just being brought, or scanned for viruses
        ::Sleep(pause);
        return {};
    }
    BY_HANDLE_FILE_INFORMATION info{};
    if (!handle || !::GetFileInformationByHandle(handle.get(), &info))
        throw common::os::windows_error("opening the payload");
    if ((info.dwFileAttributes & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY)) != 0)
        throw common::Error(common::Trouble::rejected, "the payload on the target is no file");
    Descriptor file = common::os::descriptor_of(std::move(handle));
    if (!file)
        throw common::system_error("opening the payload");
    check(file.get());
    if (!::CreateHardLinkW(named.c_str(), payload.c_str(), nullptr))
        throw common::os::windows_error("giving the payload its name");
    return file;
}

} // namespace agent
