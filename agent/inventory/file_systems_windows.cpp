#include "agent/inventory/sections_windows.hpp"
#include "common/os/windows.hpp"
#include "common/text.hpp"

namespace agent::inventory {

namespace {

/// "C:\" and so on.
std::vector<std::wstring> local_drives()
{
    wchar_t names[512]; // 26 of 4 letters
    const DWORD length = ::GetLogicalDriveStringsW(512, names);
    if (length == 0 || length >= 512)
        throw common::os::windows_error("asking for the drives");
    std::vector<std::wstring> drives;
    for (const wchar_t* name = names; *name != L'\0'; name += std::wstring_view(name).size() + 1)
        if (::GetDriveTypeW(name) == DRIVE_FIXED)
            drives.emplace_back(name);
    return drives;
}

} // namespace

void add_file_systems(wire::Inventory& inventory)
{
    for (const std::wstring& drive : local_drives()) {
        const std::string name = common::xml_safe(common::os::to_utf8(drive));
        wchar_t type[64] = L"";
        wchar_t device[MAX_PATH] = L"";
        ULARGE_INTEGER available{};
        ULARGE_INTEGER size{};
        if (!::GetVolumeInformationW(drive.c_str(), nullptr, 0, nullptr, nullptr, nullptr, type, 64) ||
            !::GetDiskFreeSpaceExW(drive.c_str(), &available, &size, nullptr)) {
            const common::Error why = common::os::windows_error("looking at " + name);
            inventory.problems.push_back(common::xml_safe("file systems: " + why.text()));
            continue;
        }
        ::QueryDosDeviceW(drive.substr(0, 2).c_str(), device, MAX_PATH);
        wire::FileSystem entry;
        entry.mountPoint = name;
        entry.type = common::xml_safe(common::os::to_utf8(type));
        entry.device = common::xml_safe(common::os::to_utf8(device));
        entry.sizeBytes = static_cast<LONG64>(size.QuadPart);
        entry.availableBytes = static_cast<LONG64>(available.QuadPart);
        inventory.fileSystems.push_back(std::move(entry));
    }
}

} // namespace agent::inventory
