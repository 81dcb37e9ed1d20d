#include "agent/inventory/sections_windows.hpp"
#include "common/os/windows.hpp"
#include "common/text.hpp"

#include <winioctl.h>

namespace agent::inventory {

namespace {

using common::os::Handle;

constexpr int most_disks = 64; // numbers have gaps; beyond these nobody looks

/// Asks a disk one thing; false when it does not know.
bool ask(HANDLE disk, STORAGE_PROPERTY_ID what, void* answer, DWORD size)
{
    STORAGE_PROPERTY_QUERY question{};
    question.PropertyId = what;
    question.QueryType = PropertyStandardQuery;
    DWORD got = 0;
    return ::DeviceIoControl(disk, IOCTL_STORAGE_QUERY_PROPERTY, &question, sizeof question, answer, size,
                             &got, nullptr) != 0;
}

/// The text at `offset` of the answer; 0 stands for none.
std::optional<std::string> text_at(const char (&answer)[4096], DWORD offset)
{
    if (offset == 0 || offset >= sizeof answer)
        return std::nullopt;
    const std::string_view rest(answer + offset, sizeof answer - offset);
    const std::string_view text = common::trim(rest.substr(0, rest.find('\0')));
    return text.empty() ? std::nullopt : std::optional(common::xml_safe(text));
}

void describe(HANDLE handle, wire::Disk& disk)
{
    alignas(STORAGE_DEVICE_DESCRIPTOR) char answer[4096]{};
    if (ask(handle, StorageDeviceProperty, answer, sizeof answer)) {
        const auto* device = reinterpret_cast<const STORAGE_DEVICE_DESCRIPTOR*>(answer);
        disk.model = text_at(answer, device->ProductIdOffset);
        disk.serial = text_at(answer, device->SerialNumberOffset);
    }
    DEVICE_SEEK_PENALTY_DESCRIPTOR seeks{};
    disk.rotational =
        ask(handle, StorageDeviceSeekPenaltyProperty, &seeks, sizeof seeks) && seeks.IncursSeekPenalty != 0;
}

} // namespace

void add_disks(wire::Inventory& inventory)
{
    for (int number = 0; number < most_disks; ++number) {
        const std::string name = "PhysicalDrive" + std::to_string(number);
        const Handle handle(::CreateFileW(common::os::to_wide("\\\\.\\" + name).c_str(), GENERIC_READ,
                                          FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                                          nullptr));
        GET_LENGTH_INFORMATION length{};
        DWORD got = 0;
        if (!handle || !::DeviceIoControl(handle.get(), IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &length,
                                          sizeof length, &got, nullptr))
            continue; // none, or one without a medium
        wire::Disk disk;
        disk.name = name;
        disk.sizeBytes = length.Length.QuadPart;
        describe(handle.get(), disk);
        inventory.disks.push_back(std::move(disk));
    }
}

} // namespace agent::inventory
