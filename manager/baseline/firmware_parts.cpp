#include "manager/baseline/firmware_parts.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <map>

namespace manager::baseline {

namespace {

/// A path goes into the store, and comes out of there as it was only when it is text.
const std::string& kept(const std::string& path)
{
    if (!common::is_utf8(path))
        throw common::Error(common::Trouble::invalid,
                            "the package has an image whose name is not valid UTF-8: " +
                                common::one_line(path, 80));
    return path;
}

} // namespace

void add_id(FirmwarePart& part, DeviceId::Sort sort, const std::string& value)
{
    const DeviceId id{sort, value};
    const bool there = std::find(part.ids.begin(), part.ids.end(), id) != part.ids.end();
    if (!value.empty() && !there && part.ids.size() < most_ids)
        part.ids.push_back(id);
}

void add_part(Firmware& firmware, FirmwarePart part)
{
    if (firmware.parts.size() == most_parts)
        throw common::Error(common::Trouble::invalid,
                            "the package is for more than " + std::to_string(most_parts) + " devices");
    firmware.parts.push_back(std::move(part));
}

void measure_images(Firmware& firmware, int descriptor, ArchiveFormat format, std::uint64_t start)
{
    std::map<std::string, ArchiveFile::Content> images;
    for (const FirmwarePart& part : firmware.parts)
        if (part.image)
            images[kept(part.image->path)];
    if (images.empty())
        return;
    ArchiveFile archive(descriptor, format, start);
    while (archive.next()) {
        const auto found = images.find(archive.name());
        if (found == images.end())
            continue;
        if (!found->second.sha256.empty())
            throw common::Error(common::Trouble::invalid,
                                "the package holds " + common::one_line(archive.name(), 80) + " twice");
        found->second = archive.copy(-1, most_image);
    }
    for (const auto& [path, content] : images)
        if (content.size == 0)
            throw common::Error(common::Trouble::invalid, "the package names the image " +
                                                              common::one_line(path, 80) +
                                                              ", but does not hold it, or it is empty");
    for (FirmwarePart& part : firmware.parts)
        if (part.image) {
            part.image->size = images[part.image->path].size;
            part.image->sha256 = images[part.image->path].sha256;
        }
}

void sum_up(Firmware& firmware, const std::string& file_name)
{
    const FirmwarePart& first = firmware.parts.front();
    const auto all = [&](std::string FirmwarePart::*text) {
        return std::all_of(firmware.parts.begin(), firmware.parts.end(),
                           [&](const FirmwarePart& part) { return part.*text == first.*text; });
    };
    if (firmware.name.empty())
        firmware.name = !first.name.empty() && all(&FirmwarePart::name) ? first.name : file_name;
    if (firmware.version.empty() && all(&FirmwarePart::version))
        firmware.version = first.version;
}

} // namespace manager::baseline
