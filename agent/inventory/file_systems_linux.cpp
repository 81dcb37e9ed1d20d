#include "agent/inventory/sections_linux.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sys/statvfs.h>

namespace agent::inventory {

namespace {

bool on_local_disk(const std::string& type)
{
    constexpr std::array<std::string_view, 17> types{
        "ext2",  "ext3",  "ext4",    "xfs",    "btrfs", "f2fs",    "jfs",      "zfs",     "vfat",
        "exfat", "ntfs3", "fuseblk", "nilfs2", "ntfs",  "overlay", "reiserfs", "bcachefs"};
    return std::find(types.begin(), types.end(), type) != types.end();
}

/// The table writes blanks and the like as backslash and three octal digits.
std::string unescaped(const std::string& field)
{
    const auto octal = [](char c) { return c >= '0' && c <= '7'; };
    std::string text;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const bool escape = field[i] == '\\' && i + 3 < field.size() && field[i + 1] <= '3' &&
                            octal(field[i + 1]) && octal(field[i + 2]) && octal(field[i + 3]);
        if (!escape) {
            text += field[i];
            continue;
        }
        text +=
            static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + (field[i + 3] - '0'));
        i += 3;
    }
    return text;
}

LONG64 size_of(std::uint64_t blocks, std::uint64_t block)
{
    return static_cast<LONG64>(block == 0 ? 0 : std::min<std::uint64_t>(blocks, INT64_MAX / block) * block);
}

} // namespace

void add_file_systems(wire::Inventory& inventory, const std::filesystem::path& root)
{
    std::set<std::string> seen; // devices; the second mount of one is the same file system
    for (const std::string& line : common::split(common::os::read_file(root / "proc/self/mounts"), '\n')) {
        const std::vector<std::string> fields = common::split(line, ' ');
        if (fields.size() < 3 || !on_local_disk(fields[2]))
            continue;
        const std::string device = unescaped(fields[0]);
        const std::string mount_point = unescaped(fields[1]);
        if (fields[2] != "overlay" && !seen.insert(device).second)
            continue;
        struct statvfs info {};
        if (::statvfs(mount_point.c_str(), &info) != 0) {
            const common::Error why = common::system_error("looking at " + mount_point);
            inventory.problems.push_back(common::xml_safe("file systems: " + why.text()));
            continue;
        }
        wire::FileSystem entry;
        entry.mountPoint = common::xml_safe(mount_point);
        entry.type = fields[2];
        entry.device = common::xml_safe(device);
        entry.sizeBytes = size_of(info.f_blocks, info.f_frsize);
        entry.availableBytes = size_of(info.f_bavail, info.f_frsize);
        inventory.fileSystems.push_back(std::move(entry));
    }
}

} // namespace agent::inventory
