#include "manager/baseline/cab.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/firmware_text.hpp"
#include "manager/baseline/guid.hpp"
#include "manager/baseline/plain_name.hpp"
#include "manager/baseline/xml.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace manager::baseline {

namespace {

constexpr auto usual_image = "firmware.bin"; ///< where a description names none

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

std::vector<std::string> descriptions_in(int descriptor)
{
    std::vector<std::string> texts;
    ArchiveFile archive(descriptor, ArchiveFormat::cab);
    while (archive.next())
        if (common::lower_case(archive.name()).ends_with(".metainfo.xml")) {
            if (texts.size() == most_parts)
                refuse("the package holds more than " + std::to_string(most_parts) + " descriptions");
            texts.push_back(archive.read(most_metadata));
        }
    if (texts.empty())
        refuse("the cabinet holds no .metainfo.xml, so it is no firmware as LVFS gives out");
    return texts;
}

/// The newest release stands first.
pugi::xml_node release_of(const pugi::xml_node& component)
{
    return component.child("releases").child("release");
}

/// A number that stands for a version, written as fwupd writes it.
std::string dotted(std::uint32_t number, std::string_view format)
{
    const auto byte = [&](int shift) { return std::to_string(number >> shift & 0xff); };
    const auto half = [&](int shift) { return std::to_string(number >> shift & 0xffff); };
    if (format == "quad")
        return byte(24) + '.' + byte(16) + '.' + byte(8) + '.' + byte(0);
    if (format == "triplet")
        return byte(24) + '.' + byte(16) + '.' + half(0);
    if (format == "pair")
        return half(16) + '.' + half(0);
    return std::to_string(number);
}

std::string version_of(const pugi::xml_node& component)
{
    std::string format;
    for (const pugi::xml_node& value : component.child("custom").children("value"))
        if (std::string_view(value.attribute("key").value()) == "LVFS::VersionFormat")
            format = text_of(value);
    std::string version = firmware_text(release_of(component).attribute("version").value());
    if (const auto number = common::to_number(version, UINT32_MAX))
        return dotted(static_cast<std::uint32_t>(*number), format);
    return version;
}

/// What must run before: <firmware compare="ge" version="1.2"/> without a name means the device itself.
std::string at_least(const pugi::xml_node& component)
{
    for (const pugi::xml_node& one : component.child("requires").children("firmware"))
        if (std::string_view(one.attribute("compare").value()) == "ge" && text_of(one).empty())
            return firmware_text(one.attribute("version").value());
    return {};
}

struct Payload {
    std::string path = usual_image;
    std::string sha256; ///< empty: not told
};

bool is_sha256(const pugi::xml_node& checksum)
{
    return common::lower_case(checksum.attribute("type").value()) == "sha256";
}

/// Of the image itself, not of a package around it. Written in two ways.
Payload payload_of(const pugi::xml_node& release)
{
    Payload payload;
    for (const pugi::xml_node& checksum : release.children("checksum")) {
        if (std::string_view(checksum.attribute("target").value()) != "content")
            continue;
        if (const std::string_view name = checksum.attribute("filename").value(); !name.empty())
            payload.path = name;
        if (is_sha256(checksum))
            payload.sha256 = common::lower_case(text_of(checksum));
    }
    for (const pugi::xml_node& artifact : release.child("artifacts").children("artifact")) {
        if (std::string_view(artifact.attribute("type").value()) != "binary")
            continue;
        if (const std::string_view name = artifact.child("filename").text().get(); !name.empty())
            payload.path = name;
        for (const pugi::xml_node& checksum : artifact.children("checksum"))
            if (is_sha256(checksum))
                payload.sha256 = common::lower_case(text_of(checksum));
    }
    return payload;
}

using Checksums = std::map<std::string, std::string>; ///< by path

void add_description(Firmware& firmware, const std::string& text, Checksums& checksums)
{
    const pugi::xml_document document = parse_xml(text, "a description in the package");
    const pugi::xml_node component = document.child("component");
    if (std::string_view(component.attribute("type").value()) != "firmware")
        refuse("a description in the package is not one of firmware");
    FirmwarePart part;
    part.name = text_of(component.child("name"));
    part.version = version_of(component);
    part.at_least = at_least(component);
    for (const pugi::xml_node& provided : component.child("provides").children("firmware"))
        if (std::string_view(provided.attribute("type").value()) == "flashed")
            add_id(part, DeviceId::Sort::guid, guid_of(text_of(provided)).value_or(""));
    if (part.version.empty())
        refuse("a description in the package names no version");
    if (part.ids.empty())
        refuse("a description in the package names no device");
    const Payload payload = payload_of(release_of(component));
    part.image = InnerImage{payload.path, plain_name(payload.path), 0, {}};
    if (!payload.sha256.empty())
        checksums[payload.path] = payload.sha256;
    if (firmware.vendor.empty())
        firmware.vendor = text_of(component.child("developer_name"));
    if (firmware.vendor.empty())
        firmware.vendor = text_of(component.child("developer").child("name"));
    add_part(firmware, std::move(part));
}

} // namespace

Firmware read_cab(int descriptor)
{
    Firmware firmware;
    firmware.form = FirmwareForm::cab;
    firmware.whole = false;
    Checksums checksums;
    for (const std::string& text : descriptions_in(descriptor))
        add_description(firmware, text, checksums);
    measure_images(firmware, descriptor, ArchiveFormat::cab);
    for (const FirmwarePart& part : firmware.parts) {
        const auto wanted = checksums.find(part.image->path);
        if (wanted != checksums.end() && wanted->second != part.image->sha256)
            refuse("the package is damaged: the checksum of " + common::one_line(part.image->path, 80) +
                   " is wrong");
    }
    return firmware;
}

} // namespace manager::baseline
