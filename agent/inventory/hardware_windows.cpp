#include "agent/inventory/sections_windows.hpp"
#include "agent/inventory/smbios_windows.hpp"
#include "common/error.hpp"
#include "common/os/registry_windows.hpp"
#include "common/text.hpp"

namespace agent::inventory {

namespace {

/// The tables of SMBIOS as the firmware gives them, behind eight bytes of Windows' own; empty where there are
/// none.
std::string smbios_tables()
{
    constexpr DWORD provider = 'R' << 24 | 'S' << 16 | 'M' << 8 | 'B';
    constexpr std::size_t header = 8;
    std::string bytes(::GetSystemFirmwareTable(provider, 0, nullptr, 0), '\0');
    if (bytes.empty())
        return {};
    ::GetSystemFirmwareTable(provider, 0, bytes.data(), static_cast<DWORD>(bytes.size()));
    return bytes.size() > header ? bytes.substr(header) : std::string();
}

std::optional<std::string> tidy(const std::optional<std::string>& text)
{
    const std::string_view words = text ? common::trim(*text) : std::string_view();
    return words.empty() ? std::nullopt : std::optional(common::xml_safe(words));
}

} // namespace

void add_hardware(wire::Inventory& inventory)
{
    wire::Hardware hardware;
    if (const auto bios = common::os::RegistryKey::open("HARDWARE\\DESCRIPTION\\System\\BIOS")) {
        hardware.vendor = tidy(bios->text("SystemManufacturer"));
        hardware.product = tidy(bios->text("SystemProductName"));
        hardware.board = tidy(bios->text("BaseBoardProduct"));
        hardware.biosVendor = tidy(bios->text("BIOSVendor"));
        hardware.biosVersion = tidy(bios->text("BIOSVersion"));
        hardware.biosDate = tidy(bios->text("BIOSReleaseDate"));
    }
    const SystemInformation system = system_information(smbios_tables());
    hardware.serial = tidy(system.serial);
    hardware.uuid = tidy(system.uuid);
    if (!hardware.vendor && !hardware.product && !hardware.biosVersion)
        throw common::Error(common::Trouble::rejected, "the firmware tells nothing by SMBIOS");
    inventory.hardware = std::move(hardware);
}

} // namespace agent::inventory
