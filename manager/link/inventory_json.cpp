#include "manager/link/inventory_json.hpp"

#include "common/clock.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace manager::link {

namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
void put(Json& into, const char* key, const std::optional<Value>& value)
{
    if (value)
        into[key] = *value;
}

Json os_json(const wire::OperatingSystem& os)
{
    Json out{{"id", os.id},
             {"name", os.name},
             {"version", os.version},
             {"kernel", os.kernel},
             {"architecture", os.architecture},
             {"host_name", os.hostName},
             {"machine_id", os.machineId},
             {"boot_id", os.bootId},
             {"uptime_seconds", os.uptimeSeconds}};
    if (!os.hotfixes.empty())
        out["hotfixes"] = os.hotfixes;
    put(out, "reboot_pending", os.rebootPending);
    return out;
}

Json hardware_json(const wire::Hardware& hardware)
{
    Json out = Json::object();
    put(out, "vendor", hardware.vendor);
    put(out, "product", hardware.product);
    put(out, "serial", hardware.serial);
    put(out, "uuid", hardware.uuid);
    put(out, "board", hardware.board);
    put(out, "bios_vendor", hardware.biosVendor);
    put(out, "bios_version", hardware.biosVersion);
    put(out, "bios_date", hardware.biosDate);
    return out;
}

Json disk_json(const wire::Disk& disk)
{
    Json out{{"name", disk.name}, {"size_bytes", disk.sizeBytes}, {"rotational", disk.rotational}};
    put(out, "model", disk.model);
    put(out, "serial", disk.serial);
    return out;
}

Json file_system_json(const wire::FileSystem& system)
{
    return {{"mount_point", system.mountPoint},
            {"type", system.type},
            {"device", system.device},
            {"size_bytes", system.sizeBytes},
            {"available_bytes", system.availableBytes}};
}

Json interface_json(const wire::NetworkInterface& interface)
{
    Json out{{"name", interface.name}, {"up", interface.up}, {"addresses", interface.addresses}};
    put(out, "mac", interface.mac);
    put(out, "speed_mbits", interface.speedMbits);
    return out;
}

Json package_json(const wire::Package& package)
{
    Json out{{"name", package.name},
             {"version", package.version},
             {"architecture", package.architecture},
             {"format", package.format}};
    put(out, "code", package.code);
    put(out, "unfinished", package.unfinished);
    return out;
}

template <typename List, typename Convert>
Json array_of(const List& list, Convert convert)
{
    Json out = Json::array();
    for (const auto& entry : list)
        out.push_back(convert(entry));
    return out;
}

} // namespace

std::string inventory_json(const wire::Inventory& inventory)
{
    Json out{{"taken_at", common::utc_text(inventory.takenAt)}};
    if (inventory.operatingSystem)
        out["operating_system"] = os_json(*inventory.operatingSystem);
    if (const auto& processor = inventory.processor)
        out["processor"] = {{"model", processor->model},
                            {"sockets", processor->sockets},
                            {"cores", processor->cores},
                            {"threads", processor->threads}};
    if (const auto& memory = inventory.memory)
        out["memory"] = {{"total_bytes", memory->totalBytes},
                         {"available_bytes", memory->availableBytes},
                         {"swap_bytes", memory->swapBytes}};
    if (inventory.hardware)
        out["hardware"] = hardware_json(*inventory.hardware);
    out["disks"] = array_of(inventory.disks, disk_json);
    out["file_systems"] = array_of(inventory.fileSystems, file_system_json);
    out["interfaces"] = array_of(inventory.interfaces, interface_json);
    out["packages"] = array_of(inventory.packages, package_json);
    out["problems"] = inventory.problems;
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace manager::link
