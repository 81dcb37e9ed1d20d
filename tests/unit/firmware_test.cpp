#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/tls/hash.hpp"
#include "manager/baseline/component.hpp"
#include "package_maker.hpp"
#include "tests/support/firmware_maker.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>

using common::ComponentKind;
using manager::baseline::Activation;
using manager::baseline::Component;
using manager::baseline::DeviceId;
using manager::baseline::Firmware;
using manager::baseline::FirmwareForm;
using manager::baseline::FirmwarePart;
using manager::baseline::FwpkgType;
using manager::baseline::read_component;
using namespace tests;
using Sort = DeviceId::Sort;

namespace {

const std::string image_bytes = "the image that the device takes";

/// "guid=4764..., family=iLO 5"
std::string ids_of(const FirmwarePart& part)
{
    static const char* const names[] = {"guid", "component", "machine", "purpose", "family", "hardware"};
    std::string text;
    for (const DeviceId& id : part.ids)
        text += (text.empty() ? "" : ", ") + std::string(names[static_cast<int>(id.sort)]) + '=' + id.value;
    return text;
}

std::string refusal(const std::filesystem::path& file)
{
    try {
        read_component(file);
    } catch (const common::Error& error) {
        BOOST_TEST((error.trouble() == common::Trouble::invalid));
        BOOST_TEST(error.text().find("component " + file.string() + ": ") == 0U);
        return error.text().substr(12 + file.string().size());
    }
    return "accepted";
}

/// The firmware in a component which is nothing but firmware.
Firmware firmware_in(const Component& component)
{
    BOOST_TEST((component.kind == ComponentKind::firmware));
    BOOST_REQUIRE(component.firmware.has_value());
    BOOST_TEST(component.version == component.firmware->version);
    BOOST_TEST(component.name == component.firmware->name);
    return *component.firmware;
}

std::string extracted(const Component& component, const FirmwarePart& part)
{
    const Scratch scratch;
    const auto path = scratch.file("image", "");
    const common::os::Descriptor to(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    extract(component, part.image.value(), to.get());
    return common::os::read_file(path);
}

Files ilo_files(const std::string& payload = ilo_payload())
{
    return {{"payload.json", payload}, {"ilo5_214.bin", image_bytes}};
}

std::string fwpkg_with(const std::string& image)
{
    return make_zip(ilo_files(ilo_payload("2.14", image)));
}

FwpkgType type_of(const std::string& image)
{
    const Scratch scratch;
    return read_component(scratch.file("x.fwpkg", fwpkg_with(image))).firmware.value().type;
}

const std::string board_uuid("\x12\x44\xd2\x64\x8d\x7d\x47\x18\xa0\x30\xfc\x8a\x56\x58\x7d\x5b");

PldmPackage pldm(std::uint32_t revision)
{
    PldmPackage package;
    package.revision = revision;
    package.version = "2024.1";
    package.devices = {{{{2, board_uuid}, {1, std::string("\x3c\xb8\0\0", 4)}}, "\x03", "set-1"},
                       {{{0, "\xb3\x15"}, {0x100, "\x17\x10"}}, "\x02", ""}};
    package.images = {{"1.2.3", 100, 1, "first image"}, {"9.1", 200, 8, "second image"}};
    if (revision >= 2)
        package.downstream = {{{{2, std::string(15, 'x') + 'y'}}, "\x01", "1.0"}};
    return package;
}

std::string cab(const std::string& text)
{
    return make_cab({{"bmc.metainfo.xml", text}, {"bmc.bin", image_bytes}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(firmware)

BOOST_AUTO_TEST_CASE(a_fwpkg_tells_its_devices_and_hands_out_the_image)
{
    const Scratch scratch;
    const Component component = read_component(scratch.file("ilo5_214.fwpkg", make_zip(ilo_files())));

    const Firmware read = firmware_in(component);
    BOOST_TEST((read.form == FirmwareForm::fwpkg));
    BOOST_TEST((read.type == FwpkgType::a));
    BOOST_TEST(read.vendor == "HPE");
    BOOST_TEST(read.name == "iLO 5");
    BOOST_TEST(read.version == "2.14");
    BOOST_TEST(read.file_name == "ilo5_214.fwpkg");
    BOOST_TEST(read.whole);
    BOOST_REQUIRE(read.parts.size() == 1U);
    BOOST_TEST(ids_of(read.parts[0]) == "guid=" + std::string(ilo_guid) + ", family=iLO 5");
    BOOST_TEST(read.parts[0].device_class == ilo_class);
    BOOST_TEST((read.parts[0].activation == Activation::bmc_reset));
    BOOST_TEST(read.parts[0].image.value().name == "ilo5_214.bin");
    BOOST_TEST(read.parts[0].image->size == image_bytes.size());
    BOOST_TEST(read.parts[0].image->sha256 == common::tls::sha256_hex(image_bytes));
    BOOST_TEST(extracted(component, read.parts[0]) == image_bytes);
    BOOST_TEST(component.file_name() == "ilo5_214.fwpkg");
}

BOOST_AUTO_TEST_CASE(an_image_that_has_changed_meanwhile_is_not_handed_out)
{
    const Scratch scratch;
    const Component component = read_component(scratch.file("a.fwpkg", make_zip(ilo_files())));
    const auto fails = [&](const Files& files) {
        scratch.file("a.fwpkg", make_zip(files));
        try {
            extracted(component, component.firmware->parts[0]);
        } catch (const common::Error& error) {
            return error.trouble() == common::Trouble::invalid;
        }
        return false;
    };

    BOOST_TEST(fails({{"payload.json", ilo_payload()}, {"ilo5_214.bin", "another" + image_bytes.substr(7)}}));
    BOOST_TEST(fails({{"payload.json", ilo_payload()}, {"ilo5_214.bin", image_bytes + "more"}}));
    BOOST_TEST(fails({{"payload.json", ilo_payload()}, {"ilo5_214.bin", "less"}}));
    BOOST_TEST(fails({{"payload.json", ilo_payload()}}));
}

BOOST_AUTO_TEST_CASE(the_type_of_a_fwpkg_says_who_can_install_it)
{
    const std::string name = R"({"FileName":"ilo5_214.bin",)";
    BOOST_TEST((type_of(name + R"("DirectFlashOk":true,"ResetRequired":false})") == FwpkgType::a));
    BOOST_TEST((type_of(name + R"("DirectFlashOk":true,"ResetRequired":true})") == FwpkgType::b));
    BOOST_TEST((type_of(name + R"("DirectFlashOk":false,"UefiFlashable":true})") == FwpkgType::c));
    BOOST_TEST((type_of(name + R"("DirectFlashOk":false,"UefiFlashable":false})") == FwpkgType::d));
    BOOST_TEST((type_of(R"({"FileName":"ilo5_214.bin"})") == FwpkgType::d));

    const Scratch scratch;
    std::string payload = ilo_payload();
    payload.replace(payload.find(R"(["Bmc"])"), 7, R"(["Uefi","RuntimeAgent"])");
    const auto read = read_component(scratch.file("d.fwpkg", make_zip(ilo_files(payload))));
    BOOST_TEST((read.firmware.value().type == FwpkgType::d));
}

BOOST_AUTO_TEST_CASE(a_fwpkg_may_be_described_beside_itself)
{
    const Scratch scratch;
    scratch.file("ILO5_214.JSON", ilo_payload());
    const Component zip =
        read_component(scratch.file("ilo5_214.fwpkg", make_zip({{"ilo5_214.bin", image_bytes}})));
    BOOST_TEST(zip.version == "2.14");
    BOOST_TEST(zip.firmware.value().parts[0].image.has_value());

    scratch.file("signed.json", ilo_payload("3.01"));
    const Component other = read_component(scratch.file("signed.fwpkg", "something of HPE's own"));
    BOOST_TEST(other.version == "3.01");
    BOOST_TEST(!other.firmware.value().parts[0].image);
    BOOST_TEST(other.firmware->whole);
}

BOOST_AUTO_TEST_CASE(a_fwpkg_for_several_devices_has_a_part_for_each)
{
    const Scratch scratch;
    const std::string payload =
        R"({"UpdatableBy":["Bmc"],"MinimumActiveVersion":"1.0","Devices":{"Device":[)"
        R"({"DeviceName":"One","Target":["a6b1a447-382a-5a4f-14e4-16d815900212","junk"],"Version":"1.1",)"
        R"("FirmwareImages":[{"FileName":"a.bin","DirectFlashOk":true}]},)"
        R"({"DeviceName":"Two","Target":"b6b1a447-382a-5a4f-14e4-16d815900212","Version":"1.2",)"
        R"("FirmwareImages":[{"FileName":"b.bin","DirectFlashOk":true,"ResetRequired":true},)"
        R"({"FileName":"a.bin","DirectFlashOk":true}]}]}})";
    const Firmware read = firmware_in(read_component(
        scratch.file("two.fwpkg", make_zip({{"Payload.JSON", payload}, {"a.bin", "A"}, {"b.bin", "B"}}))));

    BOOST_REQUIRE(read.parts.size() == 2U);
    BOOST_TEST(read.name == "two.fwpkg");
    BOOST_TEST(read.version == "");
    BOOST_TEST((read.type == FwpkgType::b));
    BOOST_TEST(ids_of(read.parts[0]) == "guid=a6b1a447-382a-5a4f-14e4-16d815900212");
    BOOST_TEST(read.parts[0].at_least == "1.0");
    BOOST_TEST(read.parts[0].image.has_value());
    BOOST_TEST(!read.parts[1].image); // it takes two
    BOOST_TEST((read.parts[1].activation == Activation::host_reboot));
}

BOOST_AUTO_TEST_CASE(a_damaged_fwpkg_is_refused_with_what_is_wrong)
{
    const Scratch scratch;
    const std::string whole = make_zip(ilo_files());
    const auto says = [&](const std::string& bytes) { return refusal(scratch.file("x.fwpkg", bytes)); };
    const auto names = [](const std::string& text, const char* part) {
        return text.find(part) != std::string::npos;
    };

    BOOST_TEST(says("") == "the package holds no payload.json, and there is no x.json beside it");
    BOOST_TEST(names(says(whole.substr(0, whole.size() / 2)), "the package is damaged"));
    BOOST_TEST(says(make_zip({{"other", "x"}})) ==
               "the package holds no payload.json, and there is no x.json beside it");
    BOOST_TEST(says(make_zip({{"payload.json", "{"}})) ==
               "the package's description, payload.json, is not the JSON that it should be");
    BOOST_TEST(says(make_zip({{"payload.json", "[1]"}})) ==
               "the package's description, payload.json, is not the JSON that it should be");
    BOOST_TEST(says(make_zip({{"payload.json", R"({"Devices":{"Device":"x"},"UpdatableBy":7})"}})) ==
               "the package's description, payload.json, has something else in the place of a device");
    BOOST_TEST(says(make_zip({{"payload.json", R"({"Devices":7})"}})) ==
               "the package's description, payload.json, names no device");
    BOOST_TEST(says(make_zip({{"payload.json", ilo_payload()}, {"PAYLOAD.json", ilo_payload()}})) ==
               "the package holds payload.json twice");
    BOOST_TEST(
        names(says(make_zip({{"payload.json", ilo_payload()}, {"ilo5_214.bin", "a"}, {"ilo5_214.bin", "b"}})),
              "ilo5_214.bin twice"));
    BOOST_TEST(names(says(make_zip({{"payload.json", ilo_payload()}, {"ilo5_214.bin", ""}})),
                     "names the image ilo5_214.bin, but does not hold it, or it is empty"));
    std::string flipped = whole;
    flipped[flipped.find(image_bytes)] ^= 1;
    BOOST_TEST(names(says(flipped), "the package is damaged"));
    BOOST_TEST(names(says(make_zip({{"payload.json", std::string((4 << 20) + 1, ' ')}})), "is larger than"));
}

BOOST_AUTO_TEST_CASE(no_name_in_a_package_is_a_path_here)
{
    const Scratch scratch;
    const std::string evil = "../../../../tmp/evil image.bin";
    const std::string payload = ilo_payload("2.14", R"({"FileName":")" + evil + R"(","DirectFlashOk":true})");
    const Component component =
        read_component(scratch.file("x.fwpkg", make_zip({{"payload.json", payload}, {evil, "E"}})));

    BOOST_TEST(component.firmware.value().parts[0].image.value().name == "evil_image.bin");
    BOOST_TEST(extracted(component, component.firmware->parts[0]) == "E");
    BOOST_TEST(!std::filesystem::exists("/tmp/evil image.bin"));
}

BOOST_AUTO_TEST_CASE(what_a_package_says_of_itself_is_made_harmless)
{
    const Scratch scratch;
    const Component component =
        read_component(scratch.file("x.fwpkg", make_zip(ilo_files(ilo_payload("2.1\\u001b[31m\\n<b>")))));
    BOOST_TEST(component.version == "2.1?[31m?<b>");
}

BOOST_DATA_TEST_CASE(a_pldm_package_of_each_revision_is_read, boost::unit_test::data::make({1, 2, 3, 4}),
                     revision)
{
    const Scratch scratch;
    const Firmware read = firmware_in(
        read_component(scratch.file("board.fwpkg", make_pldm(pldm(static_cast<std::uint32_t>(revision))))));

    BOOST_TEST((read.form == FirmwareForm::pldm));
    BOOST_TEST(read.version == "2024.1");
    BOOST_TEST(read.name == "board.fwpkg");
    BOOST_TEST(read.whole);
    BOOST_REQUIRE(read.parts.size() == (revision >= 2 ? 4U : 3U));
    BOOST_TEST(ids_of(read.parts[0]) == "guid=1244d264-8d7d-4718-a030-fc8a56587d5b");
    BOOST_TEST(read.parts[0].version == "1.2.3");
    BOOST_TEST((read.parts[0].activation == Activation::at_once));
    BOOST_TEST(read.parts[1].version == "9.1");
    BOOST_TEST((read.parts[1].activation == Activation::host_reboot));
    BOOST_TEST(ids_of(read.parts[2]) == "hardware=pci:15b3:1017");
    BOOST_TEST(read.parts[2].version == "9.1");
    if (revision >= 2)
        BOOST_TEST(read.parts[3].at_least == "1.0");
}

BOOST_AUTO_TEST_CASE(a_damaged_pldm_package_is_refused_with_what_is_wrong)
{
    const Scratch scratch;
    const std::string whole = make_pldm(pldm(4));
    const auto says = [&](const std::string& bytes) { return refusal(scratch.file("x.pldm", bytes)); };
    const auto flipped = [&](std::size_t at) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
        return bytes;
    };

    BOOST_TEST(says(whole.substr(0, 30)) == "the package is cut off in its head");
    BOOST_TEST(says(whole.substr(0, 100)) == "the package is cut off in its head");
    BOOST_TEST(says(flipped(16)) == "the package is damaged: its head is of revision 68 and 4 at once");
    BOOST_TEST(says(flipped(40)) == "the package is damaged: the checksum of its head is wrong");
    BOOST_TEST(says(flipped(whole.size() - 1)) ==
               "the package is damaged: the checksum of its images is wrong");
    BOOST_TEST(says(whole.substr(0, whole.size() - 1)) ==
               "the package is damaged: the checksum of its images is wrong");
    const std::string older = make_pldm(pldm(1));
    BOOST_TEST(says(older.substr(0, older.size() - 1)) ==
               "the package is cut off, or damaged: an image lies outside of it");
    for (std::size_t at = 19; at < whole.size(); ++at) { // with the checksum right, nothing may go wrong
        std::string bytes = flipped(at);
        mend_pldm(bytes);
        refusal(scratch.file("x.pldm", bytes));
    }
    PldmPackage none = pldm(1);
    none.images.clear();
    BOOST_TEST(says(make_pldm(none)) == "the package holds no image");
    PldmPackage nobody = pldm(1);
    nobody.devices = {{{{2, board_uuid}}, std::string(1, '\0'), ""}};
    BOOST_TEST(says(make_pldm(nobody)) == "the package holds images, but for no device");
}

BOOST_DATA_TEST_CASE(an_openbmc_tar_tells_purpose_version_and_machine,
                     boost::unit_test::data::make({true, false}), gzip)
{
    const Scratch scratch;
    const Firmware read = firmware_in(read_component(scratch.file(
        "obmc.static.mtd.all.tar",
        make_tar({{"image-bmc", std::string(5000, 'i')}, {"MANIFEST", openbmc_manifest()}}, gzip))));

    BOOST_TEST((read.form == FirmwareForm::openbmc_tar));
    BOOST_TEST(read.version == "v2.12.0");
    BOOST_TEST(ids_of(read.parts[0]) == "purpose=bmc, machine=romulus, machine=romulus-b");
    BOOST_TEST(read.whole);
    BOOST_TEST(!read.parts[0].image);
}

BOOST_AUTO_TEST_CASE(a_damaged_openbmc_tar_is_refused_with_what_is_wrong)
{
    const Scratch scratch;
    const auto says = [&](const std::string& bytes) { return refusal(scratch.file("x.tar.gz", bytes)); };
    const std::string whole =
        make_tar({{"MANIFEST", openbmc_manifest()}, {"image-bmc", std::string(50'000, 'i')}});

    BOOST_TEST(says(whole.substr(0, whole.size() - 30)).find("the package is damaged") == 0U);
    BOOST_TEST(says(make_tar({{"MANIFEST", "purpose=x.BMC\n"}})) ==
               "the package's MANIFEST names no version");
    BOOST_TEST(says(make_tar({{"MANIFEST", "version=1\n"}})) == "the package's MANIFEST names no purpose");
    BOOST_TEST(says(make_tar({{"MANIFEST", openbmc_manifest()}, {"./MANIFEST", "x"}})) ==
               "the package holds MANIFEST twice");
    BOOST_TEST(
        says(make_tar({{"MANIFEST", std::string(100'000, 'x')}})).find("MANIFEST in the package is larger") ==
        0U);
    BOOST_TEST(says(make_tar({{"other", "x"}})).find("this is neither") == 0U);
}

BOOST_AUTO_TEST_CASE(a_cabinet_of_lvfs_is_read_and_checked)
{
    const Scratch scratch;
    const Component component =
        read_component(scratch.file("bmc.cab", cab(metainfo("1.2.3", common::tls::sha256_hex(image_bytes)))));

    const Firmware read = firmware_in(component);
    BOOST_TEST((read.form == FirmwareForm::cab));
    BOOST_TEST(read.name == "Example BMC");
    BOOST_TEST(read.vendor == "Example");
    BOOST_TEST(read.version == "1.2.3");
    BOOST_TEST(!read.whole);
    BOOST_TEST(read.parts[0].at_least == "1.1.0");
    BOOST_TEST(ids_of(read.parts[0]) == "guid=d1af77e5-4f25-4f0d-9ce9-258c5d99e815");
    BOOST_TEST(extracted(component, read.parts[0]) == image_bytes);

    const auto says = [&](const std::string& bytes) { return refusal(scratch.file("x.cab", bytes)); };
    BOOST_TEST(says(cab(metainfo("1.2.3", common::tls::sha256_hex("other")))) ==
               "the package is damaged: the checksum of bmc.bin is wrong");
    BOOST_TEST(says(cab(metainfo(""))) == "a description in the package names no version");
    BOOST_TEST(says(cab("<component type='desktop'/>")) ==
               "a description in the package is not one of firmware");
    BOOST_TEST(says(cab("<component")).find("a description in the package is not the XML") == 0U);
    BOOST_TEST(says(make_cab({{"a.txt", "x"}})) ==
               "the cabinet holds no .metainfo.xml, so it is no firmware as LVFS gives out");
    BOOST_TEST(says(make_cab({{"a.metainfo.xml", metainfo()}})) ==
               "the package names the image bmc.bin, but does not hold it, or it is empty");
    BOOST_TEST(says("MSCF").find("the package is damaged") == 0U);
}

BOOST_AUTO_TEST_CASE(a_number_in_a_cabinet_is_a_version_as_fwupd_writes_it)
{
    const Scratch scratch;
    const auto version = [&](const std::string& format) {
        std::string text = metainfo("16909060");
        text.replace(text.find("triplet"), 7, format);
        return read_component(scratch.file("x.cab", cab(text))).version;
    };
    BOOST_TEST(version("triplet") == "1.2.772");
    BOOST_TEST(version("quad") == "1.2.3.4");
    BOOST_TEST(version("pair") == "258.772");
    BOOST_TEST(version("number") == "16909060");
}

BOOST_AUTO_TEST_CASE(entities_in_xml_stay_what_they_are)
{
    const Scratch scratch;
    std::string text = metainfo();
    text.insert(text.find("<component"),
                "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\"><!ENTITY f \"ff\">]>");
    text.replace(text.find("Example BMC"), 11, "&e;&f;");
    BOOST_TEST(read_component(scratch.file("x.cab", cab(text))).name == "&e;&f;");
}

BOOST_AUTO_TEST_CASE(a_packed_cabinet_made_by_gcab_is_read)
{
    const Scratch scratch;
    const auto description = scratch.file(
        "bmc.metainfo.xml", metainfo("1.2.3", common::tls::sha256_hex(std::string(200'000, 'i'))));
    const auto image = scratch.file("bmc.bin", std::string(200'000, 'i'));
    const auto file = scratch.path() / "made.cab";
    must_run({"gcab", "--create", "--zip", "--nopath", file.string(), description.string(), image.string()});
    const Component component = read_component(file);
    BOOST_TEST(component.version == "1.2.3");
    BOOST_TEST(extracted(component, component.firmware.value().parts[0]) == std::string(200'000, 'i'));

    // fwupd's own reader says the same
    std::filesystem::create_directories(scratch.path() / "fwupd");
    scratch.file("fwupd/fwupd.conf", "[fwupd]\n");
    const auto told = common::os::run({"env", "FWUPD_SYSCONFDIR=" + scratch.path().string(),
                                       "FWUPD_LOCALSTATEDIR=" + scratch.path().string(), "fwupdtool",
                                       "get-details", file.string()},
                                      common::Deadline::in(std::chrono::seconds(60)));
    const std::string output = common::lower_case(told.output); // it writes GUIDs as the description does
    for (const std::string& text :
         {component.name, component.version, component.firmware->parts[0].ids[0].value, component.sha256})
        BOOST_TEST(output.find(common::lower_case(text)) != std::string::npos, text + " is not in " + output);
}

BOOST_AUTO_TEST_CASE(a_dell_update_package_is_a_program_for_windows_and_firmware_for_a_bmc)
{
    const Scratch scratch;
    const Component component = read_component(
        scratch.file("BIOS_ABCDE_WN64_2.19.1.EXE",
                     make_dup({{"package.xml", dell_package_xml()}, {"payload/bios.bin", "x"}})));

    BOOST_TEST((component.kind == ComponentKind::exe));
    BOOST_TEST(component.version == "");
    const Firmware& read = component.firmware.value();
    BOOST_TEST((read.form == FirmwareForm::dup));
    BOOST_TEST(read.name == "Server BIOS");
    BOOST_TEST(read.version == "2.19.1");
    BOOST_TEST(read.vendor == "Dell");
    BOOST_TEST(ids_of(read.parts[0]) == "component=159, component=2, hardware=pci:14e4:165f:1028:1f5b");
    BOOST_TEST((read.parts[0].activation == Activation::host_reboot));
    BOOST_TEST(read.file_name == "BIOS_ABCDE_WN64_2.19.1.EXE");
}

BOOST_AUTO_TEST_CASE(other_programs_for_windows_are_programs_and_nothing_else)
{
    const Scratch scratch;
    const auto has_firmware = [&](const std::string& bytes) {
        return read_component(scratch.file("x.exe", bytes)).firmware.has_value();
    };
    BOOST_TEST(!has_firmware(make_dup({{"package.xml", dell_package_xml("1.0", "DRVR")}})));
    BOOST_TEST(!has_firmware(make_dup({{"setup.ini", "x"}})));
    BOOST_TEST(!has_firmware(make_dup({{"package.xml", "<other/>"}})));
    const std::string cut = make_dup({{"package.xml", dell_package_xml()}});
    BOOST_TEST(!has_firmware(cut.substr(0, cut.size() - 40)));
    BOOST_TEST(refusal(scratch.file("x.exe", make_dup({{"package.xml", dell_package_xml("")}}))) ==
               "package.xml in this Dell Update Package names no vendorVersion");
}

BOOST_AUTO_TEST_CASE(a_scexe_is_unpacked_by_its_number_and_stays_a_program)
{
    const Scratch scratch;
    const Component component = read_component(
        scratch.file("CP026.scexe", make_scexe({{"CP026.xml", "<x/>"}, {"./ilo4_282.bin", image_bytes}})));

    BOOST_TEST((component.kind == ComponentKind::program));
    const Firmware& read = component.firmware.value();
    BOOST_TEST((read.form == FirmwareForm::scexe));
    BOOST_TEST(read.name == "iLO 4");
    BOOST_TEST(read.version == "2.82");
    BOOST_TEST(!read.whole);
    BOOST_TEST(ids_of(read.parts[0]) == "family=iLO 4");
    BOOST_TEST(read.parts[0].image.value().name == "ilo4_282.bin");
    BOOST_TEST(extracted(component, read.parts[0]) == image_bytes);
}

BOOST_AUTO_TEST_CASE(other_scripts_are_programs_and_damaged_ones_are_refused)
{
    const Scratch scratch;
    const std::string whole = make_scexe({{"ilo4_282.bin", std::string(5000, 'i')}});
    BOOST_TEST(!read_component(scratch.file("x.sh", whole)).firmware);
    BOOST_TEST(!read_component(scratch.file("x.scexe", make_scexe({{"disk_tool", "x"}}))).firmware);
    BOOST_TEST(
        !read_component(scratch.file("x.scexe", make_scexe({{"a.bin", "x"}, {"b.bin", "y"}}))).firmware);
    BOOST_TEST(refusal(scratch.file("x.scexe", "#!/bin/sh\nexit 0\n")) ==
               "the script does not say where its archive begins (_SKIP=)");
    BOOST_TEST(refusal(scratch.file("x.scexe", "#!/bin/sh\n_SKIP=9\nexit 0\n")) ==
               "the script is damaged or cut off: no archive begins in line 9");
    BOOST_TEST(
        refusal(scratch.file("x.scexe", whole.substr(0, whole.size() - 20))).find("the package is damaged") ==
        0U);
}

BOOST_AUTO_TEST_CASE(the_name_of_a_bare_image_tells_what_it_can)
{
    const Scratch scratch;
    const auto shown = [&](const std::string& name) {
        const Firmware read = firmware_in(read_component(scratch.file(name, image_bytes)));
        BOOST_TEST((read.form == FirmwareForm::raw));
        BOOST_TEST(read.file_name == name);
        return read.name + '|' + read.version + '|' + ids_of(read.parts[0]);
    };
    BOOST_TEST(shown("ilo5_214.bin") == "iLO 5|2.14|family=iLO 5");
    BOOST_TEST(shown("A43_1.20_02_28_2020.signed.flash") ==
               "System ROM A43|A43 v1.20 (02/28/2020)|family=A43");
    BOOST_TEST(shown("CPLD_DL3XX_V0D.vme") == "CPLD_DL3XX_V0D.vme|0D|");
    BOOST_TEST(shown("bmc-v1.2.3.hpm") == "bmc-v1.2.3.hpm|1.2.3|");
    BOOST_TEST(shown("rom-4.05.ima") == "rom-4.05.ima|4.05|");
    BOOST_TEST(shown("firmimg.d9") == "firmimg.d9||");
    BOOST_TEST(shown("BMC.BIN") == "BMC.BIN||");
}

BOOST_AUTO_TEST_CASE(a_step_that_is_known_from_the_vendors_notes_is_demanded)
{
    const Scratch scratch;
    const auto demanded = [&](const std::string& name) {
        return read_component(scratch.file(name, image_bytes)).firmware.value().parts[0].at_least;
    };
    BOOST_TEST(demanded("ilo5_210.bin") == "1.40");
    BOOST_TEST(demanded("ilo5_301.bin") == "1.40");
    BOOST_TEST(demanded("ilo5_140.bin") == "");
    BOOST_TEST(demanded("ilo6_210.bin") == "");
    BOOST_TEST(demanded("x-2.14.bin") == "");
}

BOOST_AUTO_TEST_CASE(the_ending_of_bare_firmware_counts_only_when_the_content_is_nothing_else)
{
    const Scratch scratch;
    const auto kind = [&](const std::string& bytes) {
        return read_component(scratch.file("x.bin", bytes)).kind;
    };
    BOOST_TEST((kind("#!/bin/sh\n") == ComponentKind::program));
    BOOST_TEST((kind(make_zip(ilo_files())) == ComponentKind::firmware));
    BOOST_TEST(read_component(scratch.file("x.bin", make_zip(ilo_files()))).version == "2.14");
    BOOST_TEST((kind(make_dup({})) == ComponentKind::exe));
    BOOST_TEST(refusal(scratch.file("x.bin", "")) == "the file is empty");
}

BOOST_AUTO_TEST_SUITE_END()
