#include "agent/inventory/sections_linux.hpp"
#include "agent/inventory/system_file_linux.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>

namespace agent::inventory {

namespace {

/// Devices that are memory, or made of other devices, or hold a medium that comes and goes.
bool is_disk(const std::string& name)
{
    constexpr std::array<std::string_view, 8> others{"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"};
    return std::none_of(others.begin(), others.end(), [&](auto other) { return name.starts_with(other); });
}

/// The unit serial number page of a SCSI disk: four bytes of header, then text.
std::optional<std::string> scsi_serial(const std::filesystem::path& file)
{
    try {
        const std::optional<std::string> page = common::os::read_file_if_there(file, 4096);
        if (!page || page->size() <= 4)
            return std::nullopt;
        const std::string_view text = common::trim(std::string_view(*page).substr(4));
        return text.empty() ? std::nullopt : std::optional(common::xml_safe(text.substr(0, text.find('\0'))));
    } catch (const common::Error&) {
        return std::nullopt;
    }
}

std::optional<std::string> serial(const std::filesystem::path& disk)
{
    for (const char* file : {"serial", "device/serial"})
        if (std::optional<std::string> text = tidy_text(disk / file))
            return text;
    return scsi_serial(disk / "device/vpd_pg80");
}

} // namespace

void add_disks(wire::Inventory& inventory, const std::filesystem::path& root)
{
    const std::filesystem::path block = root / "sys/block";
    if (!std::filesystem::is_directory(block))
        throw common::Error(common::Trouble::rejected, "there is no /sys/block");
    constexpr std::uint64_t sector = 512; // the unit of `size`, whatever the disk's own sectors are
    for (const std::string& name : names_in(block)) {
        const std::uint64_t sectors = number_in(block / name / "size").value_or(0);
        const bool hidden =
            number_in(block / name / "hidden").value_or(0) != 0; // one path of several to a disk
        if (!is_disk(name) || sectors == 0 || hidden)
            continue;
        wire::Disk disk;
        disk.name = common::xml_safe(name);
        disk.sizeBytes = static_cast<LONG64>(std::min<std::uint64_t>(sectors, INT64_MAX / sector) * sector);
        disk.model = tidy_text(block / name / "device/model");
        disk.serial = serial(block / name);
        disk.rotational = number_in(block / name / "queue/rotational").value_or(0) != 0;
        inventory.disks.push_back(std::move(disk));
    }
}

} // namespace agent::inventory
