#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/component_folder.hpp"
#include "tests/support/firmware_maker.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager;
using cli::read_folder;
using cli::Sorts;

namespace {

struct Folder {
    Folder()
    {
        scratch.file("README", "hello\n");
        scratch.file("install.sh", "#!/bin/sh\n", 0755);
        scratch.file("notes.exe", "no program at all");
        scratch.file("backup.tar", std::string(2'048, 'x'));
        scratch.file("ilo5_300.bin", std::string(100, 'a'));
        scratch.file("ILO5_278.BIN", std::string(100, 'b'));
        scratch.file("CP050000.scexe", tests::make_scexe({{"ilo5_305.bin", "image"}}), 0755);
        scratch.file("PROGRAM.BIN", "#!/bin/sh\n", 0755);
    }

    std::string names(Sorts sorts) const
    {
        std::vector<std::string> found;
        for (const baseline::Component& component : read_folder(scratch.path(), sorts)) {
            BOOST_TEST((component.kind == common::ComponentKind::firmware));
            found.push_back(component.file.filename().string() + "=" + component.version);
        }
        return common::join(found, " ");
    }

    tests::Scratch scratch;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(component_folder, Folder)

BOOST_AUTO_TEST_CASE(firmware_of_a_folder_is_taken_for_bmcs_and_never_as_a_program)
{
    BOOST_TEST(names({false, true}) == "CP050000.scexe=3.05 ILO5_278.BIN=2.78 ilo5_300.bin=3.00");
}

BOOST_AUTO_TEST_CASE(a_folder_without_what_the_targets_take_is_refused)
{
    try {
        read_folder(scratch.path(), {true, false});
        BOOST_TEST(false);
    } catch (const common::Error& error) {
        BOOST_TEST(error.text() == "--baseline: no .deb, .rpm or .msi in " + scratch.path().string());
    }
}

BOOST_AUTO_TEST_CASE(damaged_firmware_is_told_not_left_out)
{
    scratch.file("broken.scexe", "#!/bin/sh\n_SKIP=900\n", 0755);
    BOOST_CHECK_THROW(read_folder(scratch.path(), {false, true}), common::Error);
    BOOST_CHECK_THROW(read_folder(scratch.path(), {true, false}), common::Error); // holds no package
}

BOOST_AUTO_TEST_CASE(sorts_are_those_of_the_targets)
{
    target::Target host;
    target::Target bmc;
    bmc.connection = target::Connection::bmc;
    BOOST_TEST(!cli::sorts_for({host}).firmware);
    BOOST_TEST(!cli::sorts_for({bmc}).packages);
    BOOST_TEST((cli::sorts_for({host, bmc}).packages && cli::sorts_for({host, bmc}).firmware));
}

BOOST_AUTO_TEST_SUITE_END()
