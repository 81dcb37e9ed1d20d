#include "common/lower_case.hpp"
#include "firmware_rig.hpp"
#include "package_maker.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

using namespace tests;

namespace {

std::string cab(const std::string& text)
{
    return make_cab({{"bmc.metainfo.xml", text}, {"bmc.bin", image_bytes}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(firmware_archives)

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

BOOST_AUTO_TEST_CASE(a_dell_update_package_may_be_described_in_utf_16)
{
    std::string wide = "\xFF\xFE";
    for (const char c : dell_package_xml())
        (wide += c) += '\0';
    const Scratch scratch;
    const Component component = read_component(scratch.file("x.exe", make_dup({{"package.xml", wide}})));
    BOOST_TEST(component.firmware.value().version == "2.19.1");
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

BOOST_AUTO_TEST_SUITE_END()
