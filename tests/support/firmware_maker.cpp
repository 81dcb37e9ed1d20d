#include "tests/support/firmware_maker.hpp"

#include "common/owned.hpp"
#include "common/text.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>
#include <zlib.h>

namespace tests {

namespace {

using Writer = common::Owned<archive, archive_write_free>;
using Entry = common::Owned<archive_entry, archive_entry_free>;

std::string number(std::uint64_t value, std::size_t size)
{
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size)
{
    bytes.replace(at, size, number(value, size));
}

std::uint64_t number_at(const std::string& bytes, std::size_t at, std::size_t size)
{
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size)
{
    static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

void must(int result, archive* writer)
{
    if (result != ARCHIVE_OK)
        throw std::runtime_error(archive_error_string(writer));
}

std::string written(archive* writer, const Files& files)
{
    std::string out;
    archive_write_set_bytes_in_last_block(writer, 1);
    must(archive_write_open(writer, &out, nullptr, append, nullptr), writer);
    for (const auto& [name, content] : files) {
        const Entry entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), name.c_str());
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        must(archive_write_header(writer, entry.get()), writer);
        if (archive_write_data(writer, content.data(), content.size()) < 0)
            throw std::runtime_error(archive_error_string(writer));
    }
    must(archive_write_close(writer), writer);
    return out;
}

std::uint32_t crc(std::string_view bytes)
{
    return static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string pldm_text(const std::string& text)
{
    return number(1, 1) + number(text.size(), 1); // ASCII; the text itself stands elsewhere in some records
}

std::string pldm_device(const PldmDevice& device, std::uint32_t revision)
{
    std::string record = number(device.descriptors.size(), 1) + number(0, 4) + pldm_text(device.at_least) +
                         number(0, 2) + (revision >= 4 ? number(0, 4) : "") + device.applicable +
                         device.at_least;
    for (const auto& [type, bytes] : device.descriptors)
        record += number(type, 2) + number(bytes.size(), 2) + bytes;
    return number(record.size() + 2, 2) + record;
}

constexpr std::size_t at_head_size = 17;

} // namespace

std::string make_zip(const Files& files)
{
    const Writer writer(archive_write_new());
    archive_write_set_format_zip(writer.get());
    archive_write_zip_set_compression_store(writer.get());
    return written(writer.get(), files);
}

std::string make_tar(const Files& files, bool gzip)
{
    const Writer writer(archive_write_new());
    archive_write_set_format_ustar(writer.get());
    if (gzip)
        archive_write_add_filter_gzip(writer.get());
    return written(writer.get(), files);
}

std::string make_cab(const Files& files)
{
    constexpr std::size_t head_size = 36;
    constexpr std::size_t folder_size = 8;
    constexpr std::size_t block_size = 32'768;
    std::string entries;
    std::string content;
    for (const auto& [name, bytes] : files) {
        // size, place in the folder, folder, date, time, attributes, name
        entries += number(bytes.size(), 4) + number(content.size(), 4) + number(0, 2) + number(0x5a21, 2) +
                   number(0, 2) + number(0x20, 2) + name + '\0';
        content += bytes;
    }
    std::string blocks;
    std::size_t count = 0;
    for (std::size_t at = 0; at < content.size(); at += block_size, ++count) {
        const std::string block = content.substr(at, block_size);
        blocks += number(0, 4) + number(block.size(), 2) + number(block.size(), 2) + block; // no checksum
    }
    const std::size_t data = head_size + folder_size + entries.size();
    return "MSCF" + number(0, 4) + number(data + blocks.size(), 4) + number(0, 4) +
           number(head_size + folder_size, 4) + number(0, 4) + number(3, 1) + number(1, 1) + number(1, 2) +
           number(files.size(), 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(data, 4) +
           number(count, 2) + number(0, 2) + entries + blocks;
}

std::string make_pldm(const PldmPackage& package)
{
    static const char* const identifiers[] = {
        "f018878ccb7d49439800a02f059aca02", "1244d2648d7d4718a030fc8a56587d5a",
        "3119ce2fe80a4a99af6d46f8b121f6bf", "7b291c996db64208801b02026e463c78"};
    std::string head = common::from_hex(identifiers[package.revision - 1]).value() +
                       number(package.revision, 1) + number(0, 2) + std::string(13, '\0') +
                       number(package.devices.front().applicable.size() * 8, 2) + pldm_text(package.version) +
                       package.version;
    head += number(package.devices.size(), 1);
    for (const PldmDevice& device : package.devices)
        head += pldm_device(device, package.revision);
    if (package.revision >= 2) {
        head += number(package.downstream.size(), 1);
        for (const PldmDevice& device : package.downstream)
            head += pldm_device(device, package.revision);
    }
    head += number(package.images.size(), 2);
    std::string images;
    std::vector<std::size_t> offsets;
    for (const PldmImage& image : package.images) {
        head += number(10, 2) + number(image.identifier, 2) + number(0xffffffff, 4) + number(0, 2) +
                number(image.activation, 2);
        offsets.push_back(head.size());
        head += number(images.size(), 4) + number(image.bytes.size(), 4) + pldm_text(image.version) +
                image.version + (package.revision >= 3 ? number(4, 4) + "opaq" : "");
        images += image.bytes;
    }
    const std::size_t size = head.size() + (package.revision >= 4 ? 8 : 4);
    for (const std::size_t at : offsets)
        put(head, at, number_at(head, at, 4) + size, 4);
    put(head, at_head_size, size, 2);
    std::string whole = head + std::string(size - head.size(), '\0') + images;
    mend_pldm(whole);
    return whole;
}

void mend_pldm(std::string& package)
{
    if (package.size() < at_head_size + 2)
        return;
    const std::size_t size = number_at(package, at_head_size, 2);
    const std::size_t sums = package[at_head_size - 1] >= 4 ? 8 : 4;
    if (size > package.size() || size < at_head_size + 2 + sums)
        return;
    put(package, size - sums, crc(std::string_view(package).substr(0, size - sums)), 4);
    if (sums == 8)
        put(package, size - 4, crc(std::string_view(package).substr(size)), 4);
}

std::string make_scexe(const Files& files, int lines)
{
    std::string script = "#!/bin/sh\n_SKIP=" + std::to_string(lines + 1) + "\n";
    for (int line = 2; line < lines - 1; ++line)
        script += "# a line of the script\n";
    return script + "exit 1\n" + make_tar(files);
}

std::string make_dup(const Files& files)
{
    constexpr std::size_t at_pe = 0x80;
    std::string bytes(at_pe + 248, '\0');
    bytes.replace(0, 2, "MZ");
    put(bytes, 0x3c, at_pe, 4);
    bytes.replace(at_pe, 2, "PE");
    put(bytes, at_pe + 4, 0x14c, 2);
    put(bytes, at_pe + 22, 0x22, 2);
    put(bytes, at_pe + 92, 2, 2);
    return bytes + make_zip(files);
}

std::string ilo_payload(const std::string& version, const std::string& image)
{
    const std::string images =
        image.empty() ? R"({"FileName":"ilo5_214.bin","DirectFlashOk":true,"UefiFlashable":false,)"
                        R"("ResetRequired":false,"PLDMImage":false,"InstallDurationSec":120})"
                      : image;
    return R"({"PackageFormat":"FWPKG-v2","UpdatableBy":["Bmc"],"DeviceClass":")" + std::string(ilo_class) +
           R"(","Devices":{"Device":[{"DeviceName":"iLO 5","Target":")" + ilo_guid + R"(","Version":")" +
           version + R"(","FirmwareImages":[)" + images + "]}]}}";
}

std::string metainfo(const std::string& version, const std::string& sha256)
{
    return R"(<?xml version="1.0" encoding="UTF-8"?><component type="firmware"><id>com.example.Bmc</id>)"
           R"(<name>Example BMC</name><summary>A BMC</summary><developer_name>Example</developer_name>)"
           R"(<provides><firmware type="flashed">D1AF77E5-4F25-4F0D-9CE9-258C5D99E815</firmware></provides>)"
           R"(<releases><release version=")" +
           version +
           R"(" date="2024-01-15" urgency="high"><checksum filename="bmc.bin" target="content" type="sha256">)" +
           sha256 +
           R"(</checksum></release></releases><requires><firmware compare="ge" version="1.1.0"/></requires>)"
           R"(<custom><value key="LVFS::UpdateProtocol">org.dmtf.redfish</value>)"
           R"(<value key="LVFS::VersionFormat">triplet</value></custom></component>)";
}

std::string dell_package_xml(const std::string& version, const std::string& type)
{
    return R"(<?xml version="1.0" encoding="utf-8"?><SoftwareComponent schemaVersion="2.0" packageID="ABCDE" )"
           R"(vendorVersion=")" +
           version +
           R"(" rebootRequired="true"><Name><Display lang="en"><![CDATA[Server BIOS]]></Display></Name>)"
           R"(<ComponentType value=")" +
           type +
           R"("/><SupportedDevices><Device componentID="159" embedded="1"><Display lang="en">BIOS</Display>)"
           R"(</Device><Device componentID="2"><PCIInfo vendorID="14E4" deviceID="165F" subVendorID="1028" )"
           R"(subDeviceID="1F5B"/></Device></SupportedDevices></SoftwareComponent>)";
}

std::string openbmc_manifest(const std::string& version, const std::string& purpose)
{
    return "purpose=xyz.openbmc_project.Software.Version.VersionPurpose." + purpose + "\nversion=" + version +
           "\nExtendedVersion=" + version +
           "-extended\nMachineName=romulus\nCompatibleName=romulus-b\n"
           "KeyType=OpenBMC\nHashType=RSA-SHA256\n";
}

} // namespace tests
