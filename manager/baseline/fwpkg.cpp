#include "manager/baseline/fwpkg.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/os/file.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/firmware_text.hpp"
#include "manager/baseline/guid.hpp"
#include "manager/baseline/plain_name.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <unistd.h>

namespace manager::baseline {

namespace {

using Json = nlohmann::json;

constexpr int most_neighbours = 10'000; ///< names in a folder that are looked at for a description

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

/// What the zip says: its description, and the names of all that is in it.
struct Contents {
    std::optional<std::string> payload;
    std::set<std::string> names;
};

Contents contents_of(int descriptor)
{
    Contents contents;
    ArchiveFile archive(descriptor, ArchiveFormat::zip);
    while (archive.next()) {
        if (common::lower_case(archive.name()) != "payload.json") {
            contents.names.insert(archive.name());
        } else {
            if (contents.payload)
                refuse("the package holds payload.json twice");
            contents.payload = archive.read(most_metadata);
        }
    }
    return contents;
}

/// The description beside the package.
std::optional<std::string> payload_beside(const std::filesystem::path& file)
{
    const std::string wanted = common::lower_case(file.stem().string() + ".json");
    std::error_code failure;
    int looked_at = 0;
    for (std::filesystem::directory_iterator at(file.parent_path(), failure), end; !failure && at != end;
         at.increment(failure)) {
        if (++looked_at > most_neighbours)
            break;
        if (common::lower_case(at->path().filename().string()) == wanted)
            return common::os::read_file_if_there(at->path(), most_metadata);
    }
    return std::nullopt;
}

/// Texts may be absent; what is something else than text is as good as absent.
std::string text_in(const Json& object, const char* name)
{
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag_in(const Json& object, const char* name)
{
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// What stands there, an array in any case: one thing may stand there instead of an array of one.
Json list_in(const Json& object, const char* name)
{
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (found == object.end() || found->is_null())
        return Json::array();
    return found->is_array() ? *found : Json::array({*found});
}

bool is_listed(const Json& list, std::string_view word)
{
    return std::any_of(list.begin(), list.end(), [&](const Json& one) {
        return one.is_string() && common::lower_case(one.get<std::string>()) == common::lower_case(word);
    });
}

/// Of one image. What nobody can flash from outside of the host needs somebody inside.
FwpkgType type_of(const Json& image)
{
    if (flag_in(image, "DirectFlashOk"))
        return flag_in(image, "ResetRequired") ? FwpkgType::b : FwpkgType::a;
    return flag_in(image, "UefiFlashable") ? FwpkgType::c : FwpkgType::d;
}

/// Of a device: the most demanding of its images.
FwpkgType type_of_device(const Json& device, const Json& updatable_by)
{
    const bool by_bmc = updatable_by.empty() || is_listed(updatable_by, "Bmc");
    const bool by_agent = is_listed(updatable_by, "RuntimeAgent");
    if (!by_bmc && (by_agent || !is_listed(updatable_by, "Uefi")))
        return FwpkgType::d;
    FwpkgType type = FwpkgType::none;
    for (const Json& image : list_in(device, "FirmwareImages"))
        type = std::max(type, type_of(image));
    return type == FwpkgType::none ? FwpkgType::d : type;
}

bool is_ilo(const std::string& name)
{
    return common::lower_case(name).starts_with("ilo ");
}

Activation activation_of(FwpkgType type, const std::string& device)
{
    return type == FwpkgType::a ? is_ilo(device) ? Activation::bmc_reset : Activation::at_once
                                : Activation::host_reboot;
}

/// The image that a device takes; nothing when it takes several, one after the other.
std::optional<InnerImage> image_of(const Json& device, const std::set<std::string>& names)
{
    const Json images = list_in(device, "FirmwareImages");
    if (images.size() != 1)
        return std::nullopt;
    const std::string path = text_in(images[0], "FileName");
    // Where the description stands outside, the images may be outside, too.
    if (path.empty() || names.find(path) == names.end())
        return std::nullopt;
    return InnerImage{path, plain_name(path), 0, {}};
}

void add_device(Firmware& firmware, const Json& device, const Json& payload,
                const std::set<std::string>& names)
{
    if (!device.is_object())
        refuse("the package's description, payload.json, has something else in the place of a device");
    FirmwarePart part;
    part.name = firmware_text(text_in(device, "DeviceName"));
    part.version = firmware_text(text_in(device, "Version"));
    part.device_class = guid_of(text_in(payload, "DeviceClass")).value_or("");
    part.at_least = firmware_text(text_in(device, "MinimumActiveVersion"));
    if (part.at_least.empty())
        part.at_least = firmware_text(text_in(payload, "MinimumActiveVersion"));
    for (const Json& target : list_in(device, "Target"))
        if (target.is_string())
            add_id(part, DeviceId::Sort::guid, guid_of(target.get<std::string>()).value_or(""));
    if (is_ilo(part.name))
        add_id(part, DeviceId::Sort::family, part.name);
    const FwpkgType type = type_of_device(device, list_in(payload, "UpdatableBy"));
    part.activation = activation_of(type, part.name);
    part.image = image_of(device, names);
    firmware.type = std::max(firmware.type, type);
    add_part(firmware, std::move(part));
}

Json parsed(const std::string& text)
{
    Json payload = Json::parse(text, nullptr, false);
    if (payload.is_discarded() || !payload.is_object())
        refuse("the package's description, payload.json, is not the JSON that it should be");
    return payload;
}

Firmware firmware_of(const Json& payload, const std::set<std::string>& names)
{
    Firmware firmware;
    firmware.form = FirmwareForm::fwpkg;
    firmware.vendor = "HPE";
    const auto devices = payload.find("Devices");
    if (devices != payload.end())
        for (const Json& device : list_in(*devices, "Device"))
            add_device(firmware, device, payload, names);
    if (firmware.parts.empty())
        refuse("the package's description, payload.json, names no device");
    return firmware;
}

} // namespace

std::optional<Firmware> read_fwpkg(int descriptor, const std::filesystem::path& file)
{
    char magic[4] = {};
    const bool zip = ::pread(descriptor, magic, sizeof magic, 0) == sizeof magic &&
                     std::string_view(magic, sizeof magic) == std::string_view("PK\3\4", 4);
    const bool named = common::lower_case(file.extension().string()) == ".fwpkg";
    Contents contents;
    if (zip)
        contents = contents_of(descriptor);
    if (!contents.payload && (zip || named))
        contents.payload = payload_beside(file);
    if (!contents.payload && !named)
        return std::nullopt;
    if (!contents.payload)
        refuse("the package holds no payload.json, and there is no " + file.stem().string() +
               ".json beside it");
    Firmware firmware = firmware_of(parsed(*contents.payload), contents.names);
    measure_images(firmware, descriptor, ArchiveFormat::zip);
    return firmware;
}

} // namespace manager::baseline
