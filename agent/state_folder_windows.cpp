#include "agent/state_folder.hpp"
#include "common/os/windows.hpp"

namespace agent {

std::filesystem::path state_folder()
{
    // Not by the environment, which whoever starts us may set.
    wchar_t windows[MAX_PATH];
    const UINT length = ::GetSystemWindowsDirectoryW(windows, MAX_PATH);
    if (length == 0 || length >= MAX_PATH)
        throw common::os::windows_error("looking for Windows' folder");
    return std::filesystem::path(windows) / "Soapstone";
}

} // namespace agent
