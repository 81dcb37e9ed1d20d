#include "manager/rollout/plan.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager;
using namespace manager::rollout;
using common::ComponentKind;

namespace {

baseline::Component deb(const std::string& name, const std::string& version,
                        const std::string& architecture = "amd64")
{
    baseline::Component component;
    component.kind = ComponentKind::deb;
    component.name = name;
    component.version = version;
    component.architecture = architecture;
    return component;
}

baseline::Component rpm(const std::string& name, const std::string& version,
                        const std::string& architecture = "x86_64")
{
    baseline::Component component = deb(name, version, architecture);
    component.kind = ComponentKind::rpm;
    return component;
}

baseline::Component program(const std::string& name, const std::string& architecture = "")
{
    baseline::Component component;
    component.kind = ComponentKind::program;
    component.name = name;
    component.architecture = architecture;
    return component;
}

baseline::Component msi(const std::string& name, const std::string& version,
                        const std::string& architecture = "x64")
{
    baseline::Component component = deb(name, version, architecture);
    component.kind = ComponentKind::msi;
    component.code = "{11111111-2222-3333-4444-55555555ABCD}";
    return component;
}

baseline::Component exe(const std::string& name, const std::string& architecture = "x64")
{
    baseline::Component component = program(name, architecture);
    component.kind = ComponentKind::exe;
    return component;
}

Facts windows()
{
    Facts facts;
    facts.windows = true;
    facts.os = "Windows Server 2022 Standard";
    facts.architecture = "x86_64";
    facts.takes_msi = true;
    return facts;
}

Facts debian()
{
    Facts facts;
    facts.os = "Debian GNU/Linux 12 (bookworm)";
    facts.architecture = "x86_64";
    facts.takes_deb = true;
    facts.deb_architecture = "amd64";
    return facts;
}

Facts rocky()
{
    Facts facts;
    facts.os = "Rocky Linux 9.4 (Blue Onyx)";
    facts.architecture = "x86_64";
    facts.takes_rpm = true;
    facts.rpm_architecture = "x86_64";
    return facts;
}

Facts with(Facts facts, const std::string& name, const std::string& version,
           const std::string& architecture = "")
{
    const ComponentKind format = facts.takes_deb ? ComponentKind::deb : ComponentKind::rpm;
    const std::string native = facts.takes_deb ? facts.deb_architecture : facts.rpm_architecture;
    facts.packages.push_back({name, version, architecture.empty() ? native : architecture, format});
    return facts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(planning)

BOOST_AUTO_TEST_CASE(a_package_that_is_not_there_is_installed)
{
    const Step step = plan(deb("tree", "2.1.0-1"), debian(), false);
    BOOST_TEST((step.action == Action::install));
    BOOST_TEST(step.from == "");
    BOOST_TEST(step.to == "2.1.0-1");
}

BOOST_AUTO_TEST_CASE(an_older_one_is_replaced)
{
    const Step step = plan(deb("tree", "2.1.0-1"), with(debian(), "tree", "2.0.2-1"), false);
    BOOST_TEST((step.action == Action::install));
    BOOST_TEST(step.from == "2.0.2-1");
}

BOOST_AUTO_TEST_CASE(the_same_version_is_left_alone)
{
    const Step step = plan(deb("tree", "2.1.0-1"), with(debian(), "tree", "2.1.0-1"), true);
    BOOST_TEST((step.action == Action::skip));
    BOOST_TEST(step.why == "same version is installed");
}

BOOST_AUTO_TEST_CASE(a_newer_one_stays_and_the_option_that_would_go_back_is_named)
{
    const Facts facts = with(debian(), "tree", "2.1.0-1");
    const Step step = plan(deb("tree", "2.0.2-1"), facts, false);
    BOOST_TEST((step.action == Action::blocked));
    BOOST_TEST(step.why == "a newer version, 2.1.0-1, is installed; --downgrade goes back to 2.0.2-1");
    BOOST_TEST((plan(deb("tree", "2.0.2-1"), facts, true).action == Action::install));
}

BOOST_AUTO_TEST_CASE(epochs_count)
{
    BOOST_TEST(
        (plan(deb("tree", "1:1.0-1"), with(debian(), "tree", "9.0-1"), false).action == Action::install));
    BOOST_TEST(
        (plan(deb("tree", "9.0-1"), with(debian(), "tree", "1:1.0-1"), false).action == Action::blocked));
}

BOOST_AUTO_TEST_CASE(a_package_of_the_other_kind_does_not_fit)
{
    BOOST_TEST(plan(rpm("tree", "2.1.0-1"), debian(), false).why ==
               "a .rpm does not fit Debian GNU/Linux 12 (bookworm)");
    BOOST_TEST(plan(deb("tree", "2.1.0-1"), rocky(), false).why ==
               "a .deb does not fit Rocky Linux 9.4 (Blue Onyx)");
    BOOST_TEST((plan(rpm("tree", "2.1.0-1"), debian(), false).action == Action::unfit));
}

BOOST_AUTO_TEST_CASE(architectures_must_fit)
{
    BOOST_TEST((plan(deb("tree", "1", "all"), debian(), false).action == Action::install));
    BOOST_TEST((plan(rpm("tree", "1-1", "noarch"), rocky(), false).action == Action::install));
    BOOST_TEST(
        (plan(rpm("tree", "1-1", "i686"), rocky(), false).action == Action::install)); // rpm takes both
    BOOST_TEST(plan(deb("tree", "1", "arm64"), debian(), false).why ==
               "a package for arm64 does not fit Debian GNU/Linux 12 (bookworm) on amd64");
    BOOST_TEST((plan(deb("tree", "1", "i386"), debian(), false).action == Action::unfit));
    BOOST_TEST((plan(rpm("tree", "1-1", "aarch64"), rocky(), false).action == Action::unfit));
}

BOOST_AUTO_TEST_CASE(an_elf_program_fits_targets_of_its_processor_only)
{
    Facts arm = debian();
    arm.architecture = "aarch64";
    arm.deb_architecture = "arm64";

    BOOST_TEST((plan(program("flash", "aarch64"), arm, false).action == Action::install));
    BOOST_TEST((plan(program("flash", "x86_64"), debian(), false).action == Action::install));
    const Step step = plan(program("flash", "x86_64"), arm, false);
    BOOST_TEST((step.action == Action::unfit));
    BOOST_TEST(step.why == "a program for x86_64 does not fit Debian GNU/Linux 12 (bookworm) on aarch64");
    BOOST_TEST((plan(program("flash", "aarch64"), debian(), false).action == Action::unfit));
}

BOOST_AUTO_TEST_CASE(a_program_is_tried_on_a_target_that_does_not_say_what_it_is)
{
    BOOST_TEST((plan(program("flash", "aarch64"), Facts{}, false).action == Action::install));
}

BOOST_AUTO_TEST_CASE(a_script_fits_everywhere_and_always_runs)
{
    BOOST_TEST((plan(program("flash.sh"), debian(), false).action == Action::install));
    BOOST_TEST((plan(program("flash.sh"), rocky(), false).action == Action::install));
    BOOST_TEST((plan(program("tree"), with(debian(), "tree", "9"), false).action == Action::install));
}

BOOST_AUTO_TEST_CASE(what_is_for_windows_goes_on_windows_and_nothing_else_does)
{
    baseline::Component batch = program("fix.cmd");
    batch.kind = ComponentKind::cmd;

    BOOST_TEST((plan(msi("Tool", "1.0"), windows(), false).action == Action::install));
    BOOST_TEST((plan(exe("setup.exe"), windows(), false).action == Action::install));
    BOOST_TEST((plan(exe("setup.exe", "x86"), windows(), false).action == Action::install));
    BOOST_TEST((plan(batch, windows(), false).action == Action::install));
    BOOST_TEST(plan(msi("Tool", "1.0"), debian(), false).why ==
               "a .msi does not fit Debian GNU/Linux 12 (bookworm)");
    BOOST_TEST(plan(exe("setup.exe"), rocky(), false).why ==
               "a program for Windows does not fit Rocky Linux 9.4 (Blue Onyx)");
    BOOST_TEST(plan(batch, debian(), false).why == "a .cmd does not fit Debian GNU/Linux 12 (bookworm)");
    BOOST_TEST(plan(deb("tree", "1"), windows(), false).why ==
               "a .deb does not fit Windows Server 2022 Standard");
    BOOST_TEST(plan(program("flash.sh"), windows(), false).why ==
               "a program for Linux does not fit Windows Server 2022 Standard");
    BOOST_TEST(plan(exe("setup.exe", "arm64"), windows(), false).why ==
               "a program for arm64 does not fit Windows Server 2022 Standard on x64");
}

BOOST_AUTO_TEST_CASE(firmware_goes_to_a_bmc_and_nothing_else_does)
{
    Facts bmc;
    bmc.os = "iLO 5";
    bmc.takes_firmware = true;
    bmc.firmware.emplace_back().id = "1";
    bmc.firmware.back().version = "2.10";
    baseline::Component image = program("ilo5_214.bin");
    image.kind = ComponentKind::firmware;
    image.code = "1";
    image.version = "2.14";
    image.firmware.emplace();
    baseline::Component both = exe("BIOS_2.19.1.EXE");
    both.code = "1";
    both.version = "2.19.1";
    both.firmware.emplace();

    BOOST_TEST((plan(image, bmc, false).action == Action::install));
    BOOST_TEST(plan(image, debian(), false).why ==
               "firmware is for BMC targets; Debian GNU/Linux 12 (bookworm) is none");
    BOOST_TEST(plan(image, windows(), false).why ==
               "firmware is for BMC targets; Windows Server 2022 Standard is none");
    BOOST_TEST((plan(image, Facts{}, false).action == Action::unfit));
    BOOST_TEST((plan(both, bmc, false).action == Action::install));
    BOOST_TEST((plan(both, windows(), false).action == Action::install));
    BOOST_TEST(plan(program("flash.sh"), bmc, false).why == "a program for Linux does not fit iLO 5");
    BOOST_TEST(plan(deb("tree", "1"), bmc, false).why == "a .deb does not fit iLO 5");
}

BOOST_AUTO_TEST_CASE(a_product_of_the_windows_installer_is_known_by_its_name_or_by_its_code)
{
    Facts named = windows();
    named.packages.push_back({"Tool", "1.0.0", "x64", ComponentKind::msi});
    BOOST_TEST((plan(msi("Tool", "1.0"), named, false).action == Action::skip));
    BOOST_TEST(plan(msi("Tool", "1.1"), named, false).from == "1.0.0");
    BOOST_TEST((plan(msi("Tool", "0.9"), named, false).action == Action::blocked));

    Facts coded = windows();
    coded.packages.push_back({"Tool (old name)", "1.0", "x64", ComponentKind::msi, msi("Tool", "1.0").code});
    BOOST_TEST((plan(msi("Tool", "1.0"), coded, false).action == Action::skip));

    Facts another = windows();
    another.packages.push_back({"Tool", "1.0", "x64", ComponentKind::exe});
    BOOST_TEST((plan(msi("Tool", "1.0"), another, false).action == Action::install));
    BOOST_TEST(mismatch(msi("Tool", "1.0"), another)->found == "no Tool is found");
}

BOOST_AUTO_TEST_CASE(packages_of_one_name_for_two_architectures_are_two)
{
    const Facts facts = with(rocky(), "glibc", "2.34-100", "x86_64");
    BOOST_TEST((plan(rpm("glibc", "2.34-100", "i686"), facts, false).action == Action::install));
    BOOST_TEST((plan(rpm("glibc", "2.34-100", "x86_64"), facts, false).action == Action::skip));
    BOOST_TEST((plan(rpm("glibc", "2.34-100", "noarch"), facts, false).action == Action::skip));
}

BOOST_AUTO_TEST_CASE(of_several_installed_versions_the_newest_counts)
{
    const Facts facts = with(with(rocky(), "kernel", "5.14.0-9"), "kernel", "5.14.0-427");
    BOOST_TEST(plan(rpm("kernel", "5.14.0-503"), facts, false).from == "5.14.0-427");
    BOOST_TEST((plan(rpm("kernel", "5.14.0-427"), facts, false).action == Action::skip));
}

BOOST_AUTO_TEST_CASE(verification_tells_what_was_found_instead)
{
    BOOST_TEST(!mismatch(deb("tree", "2.1.0-1"), with(debian(), "tree", "2.1.0-1")).has_value());
    BOOST_TEST(mismatch(deb("tree", "2.1.0-1"), with(debian(), "tree", "2.0.2-1"))->found ==
               "version 2.0.2-1 is found");
    BOOST_TEST(mismatch(deb("tree", "2.1.0-1"), debian())->found == "no tree is found");
    BOOST_TEST(!mismatch(program("flash.sh"), debian()).has_value());
}

BOOST_AUTO_TEST_CASE(
    a_package_that_dpkg_left_unfinished_is_not_installed_and_its_state_and_the_way_out_are_named)
{
    Facts facts = with(debian(), "tree", "2.1.0-1");
    facts.packages.front().unfinished = "half-configured";
    BOOST_TEST((plan(deb("tree", "2.1.0-1"), facts, false).action == Action::install));
    const Mismatch wrong = mismatch(deb("tree", "2.1.0-1"), facts).value();
    BOOST_TEST(wrong.found == "dpkg left tree 2.1.0-1 half-configured");
    BOOST_TEST(wrong.hint.find("dpkg --configure -a") != std::string::npos);
    BOOST_TEST(mismatch(deb("jq", "1"), facts)->found == "no jq is found");
    facts.packages.front().unfinished = "half-installed"; // nothing there to configure
    BOOST_TEST(mismatch(deb("tree", "2.1.0-1"), facts)->hint.find("configure") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_inventory_is_asked_for_each_package_once)
{
    const auto names =
        package_names({deb("tree", "1"), program("flash.sh"), deb("jq", "1"), deb("tree", "2")});
    BOOST_TEST(names.size() == 2U);
    BOOST_TEST(names[0] == "tree");
    BOOST_TEST(names[1] == "jq");
    BOOST_TEST(package_names({msi("Tool", "1.0")}).back() == "{11111111-2222-3333-4444-55555555ABCD}");
}

BOOST_AUTO_TEST_SUITE_END()
