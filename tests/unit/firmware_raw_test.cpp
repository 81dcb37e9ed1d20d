#include "firmware_rig.hpp"

using namespace tests;

BOOST_AUTO_TEST_SUITE(firmware_raw)

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
