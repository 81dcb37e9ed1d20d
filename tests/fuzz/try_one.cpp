#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/baseline/component.hpp"
#include "manager/baseline/firmware_file.hpp"
#include "manager/baseline/firmware_match.hpp"
#include "manager/baseline/firmware_version.hpp"
#include "manager/baseline/plain_name.hpp"
#include "manager/baseline/raw_firmware.hpp"
#include "tests/fuzz/formats.hpp"

#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace fuzz {

namespace {

using namespace manager::baseline;

/// A promise: broken when it does not hold.
void must(bool holds, const char* promise)
{
    if (!holds)
        throw std::logic_error(promise);
}

void check_text(const std::string& text)
{
    must(common::one_line(text, 1000) == text, "what a package says is one harmless line");
}

void check_name(const std::string& name)
{
    must(plain_name(name) == name, "a name is fit for a URL");
}

void check_match(const Firmware& firmware)
{
    FirmwareEntry entry;
    entry.id = "Installed-159-2.1.8__BIOS.Setup.1-1";
    entry.name = "iLO 5";
    entry.version = firmware.version;
    entry.vendor = "HPE";
    entry.targets = {"4764a662-b342-4fc7-9ce9-258c5d99e815"};
    entry.related = {"/redfish/v1/Managers/bmc"};
    entry.hardware = {"pci:15b3:1017"};
    const Match found = match(entry, firmware);
    must((found.fit == Fit::yes) == (found.part != nullptr), "what fits has a part that does");
}

void check(const Firmware& firmware)
{
    must(!firmware.parts.empty(), "a package has parts");
    must(!firmware.name.empty(), "a package has a name");
    check_name(firmware.file_name);
    for (const std::string& text : {firmware.name, firmware.version, firmware.vendor})
        check_text(text);
    for (const FirmwarePart& part : firmware.parts) {
        for (const std::string& text : {part.name, part.version, part.at_least, part.device_class})
            check_text(text);
        for (const DeviceId& id : part.ids)
            check_text(id.value);
        if (part.image) {
            check_name(part.image->name);
            must(common::is_utf8(part.image->path), "the path of an image is text");
        }
    }
    check_match(firmware);
}

common::os::Descriptor memory_file(const std::string& bytes)
{
    common::os::Descriptor file(::memfd_create("package", MFD_CLOEXEC));
    if (!file)
        throw std::runtime_error("memfd_create failed");
    common::os::write_all(file.get(), bytes, "the package");
    return file;
}

/// What was read can be handed out, as long as nobody changes it.
void check_images(int descriptor, Firmware firmware)
{
    Component component;
    component.file = "/proc/self/fd/" + std::to_string(descriptor);
    component.firmware = std::move(firmware);
    const FirmwarePart& part = component.firmware->parts.front();
    if (!part.image)
        return;
    const common::os::Descriptor out = memory_file("");
    try {
        extract(component, *part.image, out.get());
    } catch (const common::Error& error) {
        throw std::logic_error("an image is handed out as it was read: " + error.text());
    }
    must(static_cast<std::uint64_t>(::lseek(out.get(), 0, SEEK_END)) == part.image->size,
         "an image has the size that was read");
}

bool try_package(const Format& format, const std::string& bytes)
{
    const common::os::Descriptor file = memory_file(bytes);
    const std::filesystem::path name = "/nowhere/package" + std::string(format.ending);
    std::optional<Firmware> firmware = read_firmware(file.get(), name, bytes.substr(0, 4096));
    if (!firmware)
        firmware = firmware_in_program(file.get(), name);
    if (!firmware)
        return false;
    check(*firmware);
    check_images(file.get(), std::move(*firmware));
    return true;
}

bool try_name(const std::string& bytes)
{
    check_name(plain_name(bytes));
    if (!is_raw_firmware(bytes))
        return false;
    const Firmware firmware = raw_firmware(bytes);
    for (const FirmwarePart& part : firmware.parts)
        check_text(part.version);
    return true;
}

Order reversed(Order order)
{
    return order == Order::older ? Order::newer : order == Order::newer ? Order::older : order;
}

bool try_versions(const std::string& bytes)
{
    const std::size_t line = bytes.find('\n');
    const std::string left = bytes.substr(0, line);
    const std::string right = line == std::string::npos ? left : bytes.substr(line + 1);
    const Order order = compare_firmware_versions(left, right);
    must(compare_firmware_versions(right, left) == reversed(order),
         "the order of two versions has two sides");
    const Order itself = compare_firmware_versions(left, left);
    must(itself == Order::same || itself == Order::unknown,
         "a version is neither older nor newer than itself");
    must(parse_firmware_version(left).has_value() || order == Order::unknown,
         "without a version nothing is known");
    return order != Order::unknown;
}

} // namespace

bool try_one(const Format& format, const std::string& bytes)
{
    try {
        if (format.name == "version")
            return try_versions(bytes);
        if (format.name == "name")
            return try_name(bytes);
        return try_package(format, bytes);
    } catch (const common::Error& error) {
        must(error.trouble() == common::Trouble::invalid, "a damaged package is invalid input");
        return false;
    }
}

} // namespace fuzz
