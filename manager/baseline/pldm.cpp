#include "manager/baseline/pldm.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/baseline/byte_reader.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/firmware_text.hpp"
#include "manager/baseline/guid.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include <zlib.h>

namespace manager::baseline {

namespace {

// Words and numbers of DMTF's DSP0267.
constexpr std::array identifiers{"f018878ccb7d49439800a02f059aca02", "1244d2648d7d4718a030fc8a56587d5a",
                                 "3119ce2fe80a4a99af6d46f8b121f6bf", "7b291c996db64208801b02026e463c78"};
constexpr std::size_t fixed_size = 36; ///< bytes in front of the package's version
constexpr std::size_t checksum_size = 4;
constexpr std::uint32_t string_utf16 = 3;
constexpr std::uint32_t string_utf16_big = 5;
constexpr std::uint32_t has_stamp = 1; ///< in a downstream device's options

enum Descriptor : std::uint32_t {
    pci_vendor = 0x0000,
    iana_enterprise = 0x0001,
    uuid = 0x0002,
    pnp_vendor = 0x0003,
    pci_device = 0x0100,
    pci_sub_vendor = 0x0101,
    pci_sub_device = 0x0102,
};

enum ActivationBit : std::uint32_t {
    automatic = 1U << 0,
    self_contained = 1U << 1,
    medium_reset = 1U << 2,
    system_reboot = 1U << 3,
    dc_power_cycle = 1U << 4,
    ac_power_cycle = 1U << 5,
};

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

/// 1 for 1.0, and so on; 0 when it is none of them.
std::uint32_t revision_of(std::string_view beginning)
{
    const std::string begins = common::to_hex(beginning.substr(0, pldm_magic_size));
    for (std::size_t i = 0; i < identifiers.size(); ++i)
        if (begins == identifiers[i])
            return static_cast<std::uint32_t>(i + 1);
    return 0;
}

std::string bytes_at(int descriptor, std::size_t size)
{
    std::string bytes(size, '\0');
    const ssize_t got = ::pread(descriptor, bytes.data(), size, 0);
    if (got < 0)
        throw common::system_error("reading it");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

/// Of UTF-16 only what is ASCII: versions are.
std::string string_of(std::uint32_t type, std::string_view bytes)
{
    if (type < string_utf16)
        return firmware_text(bytes);
    std::string text;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        const bool big = type == string_utf16_big;
        const char low = bytes[big ? i + 1 : i];
        const char high = bytes[big ? i : i + 1];
        text += high == 0 ? low : '?';
    }
    return firmware_text(text);
}

struct Device {
    std::vector<DeviceId> ids;
    std::string applicable; ///< bits: which components are for it
    std::string at_least;
};

struct Image {
    std::string version;
    std::uint32_t identifier = 0;
    std::uint32_t activation = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

using Descriptors = std::map<std::uint32_t, std::string>;

std::string pci_id(const Descriptors& descriptors)
{
    std::string text = "pci";
    for (const std::uint32_t type : {pci_vendor, pci_device, pci_sub_vendor, pci_sub_device}) {
        const auto found = descriptors.find(type);
        if (found == descriptors.end() || found->second.size() != 2)
            break;
        const std::string number(found->second.rbegin(), found->second.rend()); // highest byte first
        text += ':' + common::to_hex(number);
    }
    return text;
}

/// All descriptors of a device belong to it together, so the one that says most stands for them.
std::vector<DeviceId> ids_of(const Descriptors& descriptors)
{
    const auto bytes = [&](std::uint32_t type, std::size_t size) {
        const auto found = descriptors.find(type);
        return found != descriptors.end() && found->second.size() == size ? found->second : std::string();
    };
    if (const std::string id = bytes(uuid, 16); !id.empty())
        return {{DeviceId::Sort::guid, guid_text(id)}};
    if (!bytes(pci_vendor, 2).empty())
        return {{DeviceId::Sort::hardware, pci_id(descriptors)}};
    if (const std::string id = bytes(iana_enterprise, 4); !id.empty())
        return {{DeviceId::Sort::hardware, "iana:" + std::to_string(little_endian(id, 0, 4))}};
    if (const std::string id = bytes(pnp_vendor, 3); !id.empty())
        return {{DeviceId::Sort::hardware, "pnp:" + common::to_hex(id)}};
    return {};
}

Descriptors descriptors_in(ByteReader& record, std::uint32_t count)
{
    Descriptors descriptors;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t type = record.number(2);
        descriptors.try_emplace(type, record.take(record.number(2)));
    }
    return descriptors;
}

/// The head of a package, taken apart.
class Head {
public:
    Head(std::string_view bytes, std::uint32_t revision) : reader_(bytes, "head"), revision_(revision)
    {
        reader_.take(fixed_size - 4);
        const std::uint32_t bits = reader_.number(2);
        if (bits % 8 != 0)
            refuse("the package is damaged: its head counts components in " + std::to_string(bits) + " bits");
        bitmap_ = bits / 8;
        const std::uint32_t type = reader_.number(1);
        version_ = string_of(type, reader_.take(reader_.number(1)));
        read_devices(false);
        if (revision_ >= 2)
            read_devices(true);
        read_images();
        if (reader_.at() + checksum_size * (revision_ >= 4 ? 2 : 1) != bytes.size())
            refuse("the package is damaged: its head is longer than what stands in it");
    }

    const std::string& version() const { return version_; }
    const std::vector<Device>& devices() const { return devices_; }
    const std::vector<Image>& images() const { return images_; }

private:
    void read_devices(bool downstream)
    {
        const std::uint32_t count = reader_.number(1);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t size = reader_.number(2);
            if (size < 2)
                refuse("the package is damaged: a device's record has " + std::to_string(size) + " bytes");
            ByteReader record(reader_.take(size - 2), "record of a device");
            devices_.push_back(read_device(record, downstream));
        }
    }

    Device read_device(ByteReader& record, bool downstream) const
    {
        Device device;
        const std::uint32_t descriptors = record.number(1);
        const std::uint32_t options = record.number(4);
        const std::uint32_t type = record.number(1);
        const std::uint32_t length = record.number(1);
        record.number(2); // size of the data for the device, which stands at the end
        if (revision_ >= 4)
            record.number(4); // and of its manifest
        device.applicable = record.take(bitmap_);
        const std::string version = string_of(type, record.take(length));
        if (downstream) {
            device.at_least = version;
            if ((options & has_stamp) != 0)
                record.number(4);
        }
        device.ids = ids_of(descriptors_in(record, descriptors));
        return device;
    }

    void read_images()
    {
        const std::uint32_t count = reader_.number(2);
        for (std::uint32_t i = 0; i < count; ++i) {
            Image image;
            reader_.number(2); // classification
            image.identifier = reader_.number(2);
            reader_.number(4); // comparison stamp
            reader_.number(2); // options
            image.activation = reader_.number(2);
            image.offset = reader_.number(4);
            image.size = reader_.number(4);
            const std::uint32_t type = reader_.number(1);
            image.version = string_of(type, reader_.take(reader_.number(1)));
            if (revision_ >= 3)
                reader_.take(reader_.number(4)); // opaque to us
            images_.push_back(std::move(image));
        }
    }

    ByteReader reader_;
    std::uint32_t revision_;
    std::size_t bitmap_ = 0; ///< bytes
    std::string version_;
    std::vector<Device> devices_;
    std::vector<Image> images_;
};

std::uint32_t crc32_of(std::string_view bytes)
{
    return static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Of all that stands behind the head.
std::uint32_t payload_crc32(int descriptor, std::size_t start)
{
    std::string buffer(256 << 10, '\0');
    uLong sum = 0;
    for (auto at = static_cast<off_t>(start);;) {
        const ssize_t got = ::pread(descriptor, buffer.data(), buffer.size(), at);
        if (got < 0)
            throw common::system_error("reading it");
        if (got == 0)
            return static_cast<std::uint32_t>(sum);
        sum = ::crc32_z(sum, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<std::size_t>(got));
        at += got;
    }
}

void check_sums(std::string_view head, std::uint32_t revision, int descriptor)
{
    const std::size_t sums = checksum_size * (revision >= 4 ? 2 : 1);
    const std::size_t covered = head.size() - sums;
    if (crc32_of(head.substr(0, covered)) != little_endian(head, covered, checksum_size))
        refuse("the package is damaged: the checksum of its head is wrong");
    if (revision >= 4 &&
        payload_crc32(descriptor, head.size()) != little_endian(head, covered + checksum_size, checksum_size))
        refuse("the package is damaged: the checksum of its images is wrong");
}

void check_images(const Head& head, std::size_t head_size, int descriptor)
{
    struct stat info {};
    if (::fstat(descriptor, &info) != 0)
        throw common::system_error("looking at it");
    if (head.images().empty())
        refuse("the package holds no image");
    for (const Image& image : head.images())
        if (image.offset < head_size || image.offset + image.size > static_cast<std::uint64_t>(info.st_size))
            refuse("the package is cut off, or damaged: an image lies outside of it");
}

Activation activation_of(std::uint32_t bits)
{
    if ((bits & (automatic | self_contained)) != 0)
        return Activation::at_once;
    if ((bits & (system_reboot | dc_power_cycle | ac_power_cycle)) != 0)
        return Activation::host_reboot;
    return (bits & medium_reset) != 0 ? Activation::bmc_reset : Activation::unknown;
}

void add_parts(Firmware& firmware, const Head& head)
{
    const std::vector<Image>& images = head.images();
    for (const Device& device : head.devices())
        for (std::size_t i = 0; i < std::min(images.size(), device.applicable.size() * 8); ++i) {
            if ((static_cast<std::uint8_t>(device.applicable[i / 8]) >> (i % 8) & 1) == 0)
                continue;
            FirmwarePart part;
            part.name = "component " + std::to_string(images[i].identifier);
            part.ids = device.ids;
            part.version = images[i].version;
            part.at_least = device.at_least;
            part.activation = activation_of(images[i].activation);
            add_part(firmware, std::move(part));
        }
    if (firmware.parts.empty())
        refuse("the package holds images, but for no device");
}

} // namespace

bool is_pldm(std::string_view beginning)
{
    return revision_of(beginning) != 0;
}

Firmware read_pldm(int descriptor)
{
    const std::string fixed = bytes_at(descriptor, fixed_size);
    const std::uint32_t revision = revision_of(fixed);
    if (fixed.size() < fixed_size || revision == 0)
        refuse("the package is cut off in its head");
    if (const auto stands = static_cast<std::uint8_t>(fixed[pldm_magic_size]); stands != revision)
        refuse("the package is damaged: its head is of revision " + std::to_string(stands) + " and " +
               std::to_string(revision) + " at once");
    const std::size_t size = little_endian(fixed, pldm_magic_size + 1, 2);
    const std::string bytes = bytes_at(descriptor, size);
    if (bytes.size() < size || size < fixed_size + 2 * checksum_size)
        refuse("the package is cut off in its head");
    check_sums(bytes, revision, descriptor);
    const Head head(bytes, revision);
    check_images(head, size, descriptor);
    Firmware firmware;
    firmware.form = FirmwareForm::pldm;
    firmware.version = head.version();
    add_parts(firmware, head);
    return firmware;
}

} // namespace manager::baseline
