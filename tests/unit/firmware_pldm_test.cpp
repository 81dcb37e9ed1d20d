#include "firmware_rig.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

using namespace tests;

namespace {

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

} // namespace

BOOST_AUTO_TEST_SUITE(firmware_pldm)

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

BOOST_AUTO_TEST_SUITE_END()
