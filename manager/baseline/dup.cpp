#include "manager/baseline/dup.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/firmware_text.hpp"
#include "manager/baseline/xml.hpp"

namespace manager::baseline {

namespace {

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

/// The text of package.xml. Most programs are no archives at all, or of another sort.
std::optional<std::string> package_xml(int descriptor)
{
    try {
        ArchiveFile archive(descriptor, ArchiveFormat::zip);
        while (archive.next())
            if (common::lower_case(archive.name()) == "package.xml")
                return archive.read(most_metadata);
    } catch (const common::Error&) {
        return std::nullopt; // then it is a program and nothing else
    }
    return std::nullopt;
}

/// "BIOS" and "FRMW"; the others are drivers and applications, for the system of the host alone.
bool is_for_a_bmc(const pugi::xml_node& package)
{
    const std::string_view type = package.child("ComponentType").attribute("value").value();
    return type == "FRMW" || type == "BIOS";
}

/// Four hexadecimal digits; empty when there are no such.
std::string pci_word(const pugi::xml_attribute& attribute)
{
    std::string word = common::lower_case(attribute.value());
    return common::is_hex(word, 4) ? word : std::string();
}

/// "pci:14e4:165f:1028:1f5b", as far as it goes.
std::string pci_id(const pugi::xml_node& info)
{
    std::string id = "pci";
    for (const char* name : {"vendorID", "deviceID", "subVendorID", "subDeviceID"}) {
        const std::string word = pci_word(info.attribute(name));
        if (word.empty())
            break;
        id += ':' + word;
    }
    return id == "pci" ? std::string() : id;
}

void add_device(FirmwarePart& part, const pugi::xml_node& device)
{
    const std::string component = firmware_text(device.attribute("componentID").value());
    if (common::to_number(component))
        add_id(part, DeviceId::Sort::component, component);
    for (const pugi::xml_node& info : device.children("PCIInfo"))
        add_id(part, DeviceId::Sort::hardware, pci_id(info));
    if (part.name.empty())
        part.name = text_of(device.child("Display"));
}

bool reboots(const pugi::xml_node& package)
{
    return common::lower_case(package.attribute("rebootRequired").value()) == "true";
}

Firmware firmware_of(const pugi::xml_node& package)
{
    FirmwarePart part;
    part.version = firmware_text(package.attribute("vendorVersion").value());
    for (const pugi::xml_node& device : package.child("SupportedDevices").children("Device"))
        add_device(part, device);
    if (part.version.empty())
        refuse("package.xml in this Dell Update Package names no vendorVersion");
    if (part.ids.empty())
        refuse("package.xml in this Dell Update Package names no device");
    part.activation = reboots(package) ? Activation::host_reboot : Activation::unknown;
    Firmware firmware;
    firmware.form = FirmwareForm::dup;
    firmware.vendor = "Dell";
    firmware.name = text_of(package.child("Name").child("Display"));
    add_part(firmware, std::move(part));
    return firmware;
}

} // namespace

std::optional<Firmware> read_dup(int descriptor)
{
    const std::optional<std::string> text = package_xml(descriptor);
    if (!text)
        return std::nullopt;
    const pugi::xml_document document = parse_xml(*text, "package.xml in this program");
    const pugi::xml_node package = document.child("SoftwareComponent");
    if (!is_for_a_bmc(package))
        return std::nullopt;
    return firmware_of(package);
}

} // namespace manager::baseline
