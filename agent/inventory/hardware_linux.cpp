#include "agent/inventory/sections_linux.hpp"
#include "agent/inventory/system_file_linux.hpp"
#include "common/error.hpp"

namespace agent::inventory {

void add_hardware(wire::Inventory& inventory, const std::filesystem::path& root)
{
    const std::filesystem::path dmi = root / "sys/class/dmi/id";
    wire::Hardware hardware;
    hardware.vendor = tidy_text(dmi / "sys_vendor");
    hardware.product = tidy_text(dmi / "product_name");
    hardware.serial = tidy_text(dmi / "product_serial");
    hardware.uuid = tidy_text(dmi / "product_uuid");
    hardware.board = tidy_text(dmi / "board_name");
    hardware.biosVendor = tidy_text(dmi / "bios_vendor");
    hardware.biosVersion = tidy_text(dmi / "bios_version");
    hardware.biosDate = tidy_text(dmi / "bios_date");
    if (!hardware.product)
        hardware.product = tidy_text(root / "proc/device-tree/model"); // machines without DMI, as many on ARM
    if (!hardware.vendor && !hardware.product && !hardware.biosVersion)
        throw common::Error(common::Trouble::rejected, "the firmware tells nothing by DMI or device tree");
    inventory.hardware = std::move(hardware);
}

} // namespace agent::inventory
