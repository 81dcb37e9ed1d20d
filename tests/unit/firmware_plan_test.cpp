#include "manager/rollout/firmware_plan.hpp"

#include <boost/test/unit_test.hpp>

using manager::baseline::Component;
using manager::baseline::DeviceId;
using manager::baseline::Firmware;
using manager::baseline::FirmwareEntry;
using manager::baseline::FwpkgType;
using manager::rollout::Action;
using manager::rollout::Facts;
using manager::rollout::firmware_mismatch;
using manager::rollout::firmware_version;
using manager::rollout::plan_firmware;
using manager::rollout::Step;

namespace {

Component image(const std::string& version)
{
    Component component;
    component.kind = common::ComponentKind::firmware;
    component.name = "iLO 5";
    component.version = version;
    Firmware firmware;
    firmware.name = "iLO 5";
    firmware.version = version;
    firmware.parts.emplace_back();
    firmware.parts.back().ids = {{DeviceId::Sort::family, "iLO 5"}};
    firmware.parts.back().version = version;
    component.firmware = firmware;
    return component;
}

FirmwareEntry entry(const std::string& id, const std::string& name, const std::string& version)
{
    FirmwareEntry entry;
    entry.id = id;
    entry.name = name;
    entry.version = version;
    return entry;
}

Facts bmc(const std::string& version)
{
    Facts facts;
    facts.takes_firmware = true;
    facts.firmware = {entry("1", "System ROM", "U30 v2.52"), entry("2", "iLO 5", version)};
    return facts;
}

Step planned(const Component& component, const Facts& facts)
{
    return plan_firmware(component, facts, false, false);
}

} // namespace

BOOST_AUTO_TEST_SUITE(firmware_plan)

BOOST_AUTO_TEST_CASE(an_older_version_is_updated)
{
    const Step step = planned(image("2.14"), bmc("2.10 Jan 02 2020"));
    BOOST_TEST((step.action == Action::install));
    BOOST_TEST(step.from == "2.10 Jan 02 2020");
    BOOST_TEST(step.to == "2.14");
    BOOST_TEST(step.why == "");
}

BOOST_AUTO_TEST_CASE(the_same_version_is_left_alone_unless_it_is_asked_for_again)
{
    BOOST_TEST((planned(image("2.14"), bmc("2.14 May 11 2021")).action == Action::skip));
    BOOST_TEST((plan_firmware(image("2.14"), bmc("2.14"), false, true).action == Action::install));
}

BOOST_AUTO_TEST_CASE(a_newer_version_stays_unless_going_back_is_asked_for)
{
    const Step step = planned(image("2.14"), bmc("2.46"));
    BOOST_TEST((step.action == Action::blocked));
    BOOST_TEST(step.why == "a newer version, 2.46, is installed; --downgrade goes back to 2.14");
    BOOST_TEST((plan_firmware(image("2.14"), bmc("2.46"), true, false).action == Action::install));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_compared_is_never_up_to_date)
{
    for (const char* version : {"", "N/A", "na", "undefined"}) {
        const Step step = planned(image("2.14"), bmc(version));
        BOOST_TEST((step.action == Action::unfit), version);
        BOOST_TEST(step.why.find("cannot be compared with 2.14; --reinstall") != std::string::npos,
                   step.why);
        BOOST_TEST((plan_firmware(image("2.14"), bmc(version), false, true).action == Action::install));
    }
    const Step unknown = plan_firmware(image(""), bmc("2.10"), false, true);
    BOOST_TEST((unknown.action == Action::unfit));
    BOOST_TEST(unknown.why.find("--firmware-version") != std::string::npos, unknown.why);
}

BOOST_AUTO_TEST_CASE(what_a_package_is_for_can_be_named)
{
    Component bare = image("2.14");
    bare.firmware->parts.front().ids.clear();
    const Step open = planned(bare, bmc("2.10"));
    BOOST_TEST((open.action == Action::unfit));
    BOOST_TEST(open.why == "what it is for is not known; name it with --firmware-entry, one of 1, 2");
    bare.code = "2";
    BOOST_TEST(planned(bare, bmc("2.10")).from == "2.10");
    bare.code = "system rom"; // by name, too, and in any case of its letters
    BOOST_TEST(planned(bare, bmc("2.10")).from == "U30 v2.52");
    bare.code = "9";
    BOOST_TEST(planned(bare, bmc("2.10")).why == "the BMC has no firmware '9'; it has 1, 2");
}

BOOST_AUTO_TEST_CASE(what_a_bmc_alone_cannot_do_is_not_begun)
{
    Component package = image("2.14");
    package.firmware->type = FwpkgType::d;
    BOOST_TEST(planned(package, bmc("2.10")).why ==
               "this package (type D) is for an agent in the host's operating system");
    package.firmware->type = FwpkgType::c;
    BOOST_TEST((planned(package, bmc("2.10")).action == Action::unfit));
}

BOOST_AUTO_TEST_CASE(a_step_that_must_come_before_is_told)
{
    Component later = image("2.14");
    later.firmware->parts.front().at_least = "1.40";
    const Step step = planned(later, bmc("1.20"));
    BOOST_TEST((step.action == Action::unfit));
    BOOST_TEST(step.why == "version 1.40 must be installed before it; 1.20 is");
    BOOST_TEST((planned(later, bmc("1.40")).action == Action::install));
}

BOOST_AUTO_TEST_CASE(what_runs_afterwards_decides)
{
    BOOST_TEST(firmware_version(image("2.14"), bmc("2.10")).value() == "2.10");
    BOOST_TEST(!firmware_mismatch(image("2.14"), bmc("2.14 May 11 2021")));
    BOOST_TEST(firmware_mismatch(image("2.14"), bmc("2.10")).value().found == "version 2.10 is found");
    BOOST_TEST(firmware_mismatch(image("2.14"), bmc("")).value().found == "no version is found");
    BOOST_TEST(firmware_mismatch(image("2.14"), Facts{}).value().found == "the BMC shows no firmware");
}

BOOST_AUTO_TEST_SUITE_END()
