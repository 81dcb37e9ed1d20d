#include "manager/store/firmware_json.hpp"

#include "common/error.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace manager::store {

namespace {

using baseline::DeviceId;
using baseline::Firmware;
using baseline::FirmwarePart;
using baseline::InnerImage;
using Json = nlohmann::json;

constexpr std::array sorts{
    std::pair{DeviceId::Sort::guid, "guid"},       std::pair{DeviceId::Sort::component, "component"},
    std::pair{DeviceId::Sort::machine, "machine"}, std::pair{DeviceId::Sort::purpose, "purpose"},
    std::pair{DeviceId::Sort::family, "family"},   std::pair{DeviceId::Sort::hardware, "hardware"},
};

common::Error damaged(const std::string& what)
{
    return {common::Trouble::rejected, "the stored run is damaged: " + what};
}

std::string name_of(DeviceId::Sort sort)
{
    for (const auto& [one, name] : sorts)
        if (one == sort)
            return name;
    return {};
}

DeviceId::Sort sort_named(const std::string& name)
{
    for (const auto& [sort, its_name] : sorts)
        if (name == its_name)
            return sort;
    throw damaged("unknown sort of device id");
}

Json json(const FirmwarePart& part)
{
    Json object{{"name", part.name},
                {"device_class", part.device_class},
                {"version", part.version},
                {"at_least", part.at_least},
                {"activation", baseline::name_of(part.activation)},
                {"ids", Json::array()}};
    for (const DeviceId& id : part.ids)
        object["ids"].push_back({{"sort", name_of(id.sort)}, {"value", id.value}});
    if (part.image)
        object["image"] = {{"path", part.image->path},
                           {"name", part.image->name},
                           {"size", part.image->size},
                           {"sha256", part.image->sha256}};
    return object;
}

FirmwarePart part_of(const Json& object)
{
    FirmwarePart part;
    part.name = object.value("name", "");
    part.device_class = object.value("device_class", "");
    part.version = object.value("version", "");
    part.at_least = object.value("at_least", "");
    part.activation = baseline::activation_named(object.value("activation", ""));
    for (const Json& id : object.at("ids"))
        part.ids.push_back({sort_named(id.at("sort").get<std::string>()), id.at("value").get<std::string>()});
    if (const auto image = object.find("image"); image != object.end())
        part.image =
            InnerImage{image->at("path").get<std::string>(), image->at("name").get<std::string>(),
                       image->at("size").get<std::uint64_t>(), image->at("sha256").get<std::string>()};
    return part;
}

} // namespace

Json firmware_json(const Firmware& firmware)
{
    Json object{{"form", baseline::name_of(firmware.form)},
                {"type", baseline::name_of(firmware.type)},
                {"vendor", firmware.vendor},
                {"name", firmware.name},
                {"file_name", firmware.file_name},
                {"version", firmware.version},
                {"whole", firmware.whole},
                {"parts", Json::array()}};
    for (const FirmwarePart& part : firmware.parts)
        object["parts"].push_back(json(part));
    return object;
}

Firmware firmware_from_json(const Json& object)
{
    const auto form = baseline::firmware_form(object.at("form").get<std::string>());
    if (!form)
        throw damaged("unknown form of firmware");
    Firmware firmware;
    firmware.form = *form;
    firmware.type = baseline::fwpkg_type(object.value("type", ""));
    firmware.vendor = object.value("vendor", "");
    firmware.name = object.value("name", "");
    firmware.file_name = object.value("file_name", "");
    firmware.version = object.value("version", "");
    firmware.whole = object.value("whole", true);
    for (const Json& part : object.at("parts"))
        firmware.parts.push_back(part_of(part));
    if (firmware.parts.empty())
        throw damaged("firmware for no device");
    return firmware;
}

} // namespace manager::store
