#include "manager/baseline/firmware_file.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "manager/baseline/archive_file.hpp"
#include "manager/baseline/cab.hpp"
#include "manager/baseline/component.hpp"
#include "manager/baseline/dup.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/firmware_text.hpp"
#include "manager/baseline/firmware_version.hpp"
#include "manager/baseline/fwpkg.hpp"
#include "manager/baseline/openbmc_tar.hpp"
#include "manager/baseline/plain_name.hpp"
#include "manager/baseline/pldm.hpp"
#include "manager/baseline/raw_firmware.hpp"
#include "manager/baseline/scexe.hpp"
#include "manager/baseline/windows_program.hpp"

#include <algorithm>
#include <array>
#include <elf.h>

namespace manager::baseline {

namespace {

/// Programs have endings of bare firmware, too: Dell's for Linux end in .BIN.
bool is_program(std::string_view beginning)
{
    return beginning.starts_with("#!") || beginning.starts_with(ELFMAG) || beginning.starts_with(dos_magic);
}

std::optional<Firmware> read_form(int descriptor, const std::filesystem::path& file,
                                  std::string_view beginning)
{
    if (is_pldm(beginning))
        return read_pldm(descriptor);
    if (beginning.starts_with(cab_magic))
        return read_cab(descriptor);
    if (auto firmware = read_fwpkg(descriptor, file))
        return firmware;
    if (may_be_tar(beginning))
        if (auto firmware = read_openbmc_tar(descriptor))
            return firmware;
    if (!beginning.empty() && !is_program(beginning) && is_raw_firmware(file.filename().string()))
        return raw_firmware(file.filename().string());
    return std::nullopt;
}

/// What vendors demand in their notes only: from `from` on, `at_least` must run first.
struct Step {
    std::string_view family;
    std::string_view from;
    std::string_view at_least;
};
constexpr std::array steps{Step{"iLO 5", "2.10", "1.40"}};

void add_known_step(FirmwarePart& part)
{
    for (const Step& step : steps) {
        const DeviceId family{DeviceId::Sort::family, std::string(step.family)};
        if (std::find(part.ids.begin(), part.ids.end(), family) == part.ids.end() || !part.at_least.empty())
            continue;
        const Order order = compare_firmware_versions(part.version, step.from);
        if (order == Order::same || order == Order::newer)
            part.at_least = step.at_least;
    }
}

/// Fills what all forms have in common.
std::optional<Firmware> finished(std::optional<Firmware> firmware, const std::filesystem::path& file)
{
    if (firmware) {
        std::for_each(firmware->parts.begin(), firmware->parts.end(), add_known_step);
        firmware->file_name = plain_name(file.filename().string());
        sum_up(*firmware, firmware_text(file.filename().string()));
    }
    return firmware;
}

/// Where in the file of a package of this form the archive begins, and of what sort it is.
ArchiveFile archive_of(FirmwareForm form, int descriptor)
{
    switch (form) {
    case FirmwareForm::fwpkg:
        return {descriptor, ArchiveFormat::zip};
    case FirmwareForm::cab:
        return {descriptor, ArchiveFormat::cab};
    case FirmwareForm::scexe:
        return {descriptor, ArchiveFormat::tar, scexe_archive(descriptor)};
    default:
        throw common::Error(common::Trouble::defect,
                            "there are no images in a package of form " + std::string(name_of(form)));
    }
}

/// True when it was found and is what it was.
bool extracted(int descriptor, const Component& component, const InnerImage& image, int to)
{
    ArchiveFile archive = archive_of(component.firmware->form, descriptor);
    while (archive.next())
        if (archive.name() == image.path) {
            const ArchiveFile::Content content = archive.copy(to, image.size);
            return content.size == image.size && content.sha256 == image.sha256;
        }
    return false;
}

} // namespace

std::optional<Firmware> read_firmware(int descriptor, const std::filesystem::path& file,
                                      std::string_view beginning)
{
    return finished(read_form(descriptor, file, beginning), file);
}

std::optional<Firmware> firmware_in_program(int descriptor, const std::filesystem::path& file)
{
    auto firmware = read_dup(descriptor);
    if (!firmware)
        firmware = read_scexe(descriptor, file);
    return finished(std::move(firmware), file);
}

void extract(const Component& component, const InnerImage& image, int to)
{
    if (!component.firmware)
        throw common::Error(common::Trouble::defect, component.name + " is no firmware");
    common::while_doing(
        "taking " + common::one_line(image.path, 80) + " out of " + component.file.string(), [&] {
            const common::os::Descriptor file =
                common::os::open_file(component.file, common::os::Open::read | common::os::Open::no_wait);
            if (!extracted(file.get(), component, image, to))
                throw common::Error(common::Trouble::invalid, "the package has changed since it was read");
        });
}

} // namespace manager::baseline
