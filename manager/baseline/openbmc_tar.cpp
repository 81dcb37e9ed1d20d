#include "manager/baseline/openbmc_tar.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/firmware_text.hpp"

namespace manager::baseline {

namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view tar_magic = "ustar";
constexpr std::size_t at_tar_magic = 257;
constexpr std::uint64_t most_manifest = 64 << 10; ///< bytes

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

/// The text of MANIFEST. The rest is gone through, too: so what is cut off is noticed here and not by the
/// BMC.
std::optional<std::string> manifest_in(int descriptor)
{
    std::optional<std::string> manifest;
    ArchiveFile archive(descriptor, ArchiveFormat::tar);
    while (archive.next()) {
        if (archive.name() != "MANIFEST" && archive.name() != "./MANIFEST")
            continue;
        if (manifest)
            refuse("the package holds MANIFEST twice");
        manifest = archive.read(most_manifest);
    }
    return manifest;
}

std::string last_part(std::string_view text, char separator)
{
    const std::size_t at = text.rfind(separator);
    return std::string(at == std::string_view::npos ? text : text.substr(at + 1));
}

void take(FirmwarePart& part, std::string_view key, std::string_view value)
{
    if (key == "version")
        part.version = firmware_text(value);
    else if (key == "purpose")
        add_id(part, DeviceId::Sort::purpose, common::lower_case(firmware_text(last_part(value, '.'))));
    else if (key == "MachineName" || key == "CompatibleName")
        add_id(part, DeviceId::Sort::machine, firmware_text(value));
}

bool has_id(const FirmwarePart& part, DeviceId::Sort sort)
{
    for (const DeviceId& id : part.ids)
        if (id.sort == sort)
            return true;
    return false;
}

} // namespace

bool may_be_tar(std::string_view beginning)
{
    return beginning.starts_with(gzip_magic) ||
           (beginning.size() > at_tar_magic && beginning.substr(at_tar_magic).starts_with(tar_magic));
}

std::optional<Firmware> read_openbmc_tar(int descriptor)
{
    const std::optional<std::string> manifest = manifest_in(descriptor);
    if (!manifest)
        return std::nullopt;
    FirmwarePart part;
    for (const std::string& line : common::split(*manifest, '\n'))
        if (const std::size_t equal = line.find('='); equal != std::string::npos)
            take(part, common::trim(std::string_view(line).substr(0, equal)),
                 std::string_view(line).substr(equal + 1));
    if (part.version.empty())
        refuse("the package's MANIFEST names no version");
    if (!has_id(part, DeviceId::Sort::purpose))
        refuse("the package's MANIFEST names no purpose");
    Firmware firmware;
    firmware.form = FirmwareForm::openbmc_tar;
    firmware.vendor = "OpenBMC";
    add_part(firmware, std::move(part));
    return firmware;
}

} // namespace manager::baseline
