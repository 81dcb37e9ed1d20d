#include "firmware_rig.hpp"

using namespace tests;

namespace {

std::string fwpkg_with(const std::string& image)
{
    return make_zip(ilo_files(ilo_payload("2.14", image)));
}

FwpkgType type_of(const std::string& image)
{
    const Scratch scratch;
    return read_component(scratch.file("x.fwpkg", fwpkg_with(image))).firmware.value().type;
}

} // namespace

BOOST_AUTO_TEST_SUITE(firmware_fwpkg)

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

BOOST_AUTO_TEST_SUITE_END()
