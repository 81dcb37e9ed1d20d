#include "manager/rollout/firmware_plan.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager;
using namespace manager::rollout;
using common::ComponentKind;

namespace {

baseline::FirmwareEntry entry(const std::string& id, const std::string& name, const std::string& version)
{
    baseline::FirmwareEntry made;
    made.id = id;
    made.name = name;
    made.version = version;
    return made;
}

Facts bmc(const std::string& version = "1.2.0")
{
    Facts facts;
    facts.os = "Contoso BMC";
    facts.takes_firmware = true;
    facts.firmware = {entry("BMC", "Contoso BMC Firmware", version),
                      entry("Installed-25227-6.00__iDRAC", "iDRAC", "6.00"),
                      entry("PSU", "Power Supply", "N/A")};
    return facts;
}

/// A bare image, of which the user has said what it is.
baseline::Component image(const std::string& version, const std::string& what = "BMC")
{
    baseline::Component component;
    component.kind = ComponentKind::firmware;
    component.name = "image.bin";
    component.version = version;
    component.code = what;
    component.firmware.emplace();
    component.firmware->parts.emplace_back();
    component.firmware->parts.front().version = version;
    return component;
}

} // namespace

BOOST_AUTO_TEST_SUITE(firmware_plan)

BOOST_AUTO_TEST_CASE(an_older_version_is_replaced_the_same_and_a_newer_one_are_left)
{
    const Step step = plan(image("2.0.0"), bmc(), false);
    BOOST_TEST((step.action == Action::install));
    BOOST_TEST(step.from == "1.2.0");
    BOOST_TEST(step.to == "2.0.0");
    BOOST_TEST((plan(image("1.2"), bmc(), false).action == Action::skip));
    BOOST_TEST((plan(image("1.0.0"), bmc(), false).action == Action::blocked));
    BOOST_TEST((plan(image("1.0.0"), bmc(), true).action == Action::install));
    BOOST_TEST((plan(image("1.2"), bmc(), false, true).action == Action::install));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_compared_is_never_up_to_date)
{
    for (const char* odd : {"N/A", "", "0\x14", "undefined"}) {
        const Step step = plan(image("2.0.0"), bmc(odd), false);
        BOOST_TEST((step.action == Action::unfit), odd);
        BOOST_TEST(step.why.find("--reinstall") != std::string::npos, odd);
        BOOST_TEST((plan(image("2.0.0"), bmc(odd), false, true).action == Action::install), odd);
    }
    BOOST_TEST((plan(image("2.0.0"), bmc("A43 v2.52 (10/29/2021)"), false).action != Action::skip));
}

BOOST_AUTO_TEST_CASE(a_place_is_named_by_id_by_name_or_by_the_beginning_of_an_id)
{
    BOOST_TEST(installed_version(image("7", "bmc"), bmc()).value() == "1.2.0");
    BOOST_TEST(installed_version(image("7", "idrac"), bmc()).value() == "6.00");
    BOOST_TEST(installed_version(image("7", "Installed-25227"), bmc()).value() == "6.00");
    const Step step = plan(image("7", "NIC"), bmc(), false);
    BOOST_TEST((step.action == Action::unfit));
    BOOST_TEST(step.why.find("has no firmware 'NIC'") != std::string::npos);
    BOOST_TEST((plan(image("7", "Install"), bmc(), false).action == Action::unfit));
}

BOOST_AUTO_TEST_CASE(an_image_that_tells_nothing_goes_nowhere_by_itself)
{
    const Step nowhere = plan(image("2.0.0", ""), bmc(), false);
    BOOST_TEST((nowhere.action == Action::unfit));
    BOOST_TEST(nowhere.why.find("--firmware-entry") != std::string::npos);
    const Step nameless = plan(image(""), bmc(), false);
    BOOST_TEST((nameless.action == Action::unfit));
    BOOST_TEST(nameless.why.find("--firmware-version") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_version_in_between_must_come_first)
{
    baseline::Component stepwise = image("2.0.0");
    stepwise.firmware->parts.front().at_least = "1.4.0";
    BOOST_TEST((plan(stepwise, bmc("1.2.0"), false).action == Action::unfit));
    BOOST_TEST(plan(stepwise, bmc("1.2.0"), false).why.find("1.4.0") != std::string::npos);
    BOOST_TEST((plan(stepwise, bmc("1.4.0"), false).action == Action::install));
}

BOOST_AUTO_TEST_CASE(packages_for_uefi_or_an_agent_are_not_for_a_bmc)
{
    baseline::Component package = image("2.0.0");
    for (const baseline::FwpkgType type : {baseline::FwpkgType::c, baseline::FwpkgType::d}) {
        package.firmware->type = type;
        BOOST_TEST((plan(package, bmc(), false).action == Action::unfit));
    }
    package.firmware->type = baseline::FwpkgType::b;
    BOOST_TEST((plan(package, bmc(), false).action == Action::install));
}

BOOST_AUTO_TEST_CASE(of_several_versions_for_one_device_the_newest_is_installed)
{
    const std::vector<baseline::Component> all{image("2.0.0"), image("3.0.0"), image("7.00", "idrac"),
                                               image("3.0"), image("1.0.0")};
    const auto steps_of = [&](const Facts& facts, bool downgrade = false) {
        std::vector<Step> steps;
        for (const baseline::Component& component : all)
            steps.push_back(plan(component, facts, downgrade));
        keep_newest(all, facts, steps);
        return steps;
    };
    const std::vector<Step> steps = steps_of(bmc());
    BOOST_TEST((steps[0].action == Action::skip));
    BOOST_TEST(steps[0].why == "image.bin 3.0.0 is for the same device, and newer");
    BOOST_TEST((steps[1].action == Action::install));
    BOOST_TEST((steps[2].action == Action::install));
    BOOST_TEST((steps[3].action == Action::skip));
    BOOST_TEST((steps[4].action == Action::blocked));
    BOOST_TEST((steps_of(bmc(), true)[4].action == Action::skip));
    BOOST_TEST((steps_of(bmc("3.0.0"), true)[0].action == Action::skip)); // not back and forth
}

BOOST_AUTO_TEST_CASE(of_two_that_cannot_be_compared_none_is_installed)
{
    const std::vector<baseline::Component> both{image("2.0.0"), image("undefined")};
    std::vector<Step> steps;
    for (const baseline::Component& component : both)
        steps.push_back(plan(component, bmc(), false, true));
    keep_newest(both, bmc(), steps);
    BOOST_TEST((steps[0].action == Action::unfit));
    BOOST_TEST(steps[0].why.find("name only one of them") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_newest_one_that_wants_another_first_leaves_it_the_device)
{
    std::vector<baseline::Component> chain{image("1.4.0"), image("2.0.0")};
    chain[1].firmware->parts.front().at_least = "1.4.0";
    std::vector<Step> steps;
    for (const baseline::Component& component : chain)
        steps.push_back(plan(component, bmc(), false));
    keep_newest(chain, bmc(), steps);
    BOOST_TEST((steps[0].action == Action::install));
    BOOST_TEST((steps[1].action == Action::unfit));
}

BOOST_AUTO_TEST_CASE(a_bmc_has_the_device_or_the_user_says_so)
{
    BOOST_TEST(has_device(image("1.2.0"), bmc()));
    BOOST_TEST(has_device(image("2", "NIC"), bmc()));
    BOOST_TEST(!has_device(image("2", ""), bmc()));
    BOOST_TEST(!has_device({}, bmc()));
}

BOOST_AUTO_TEST_CASE(another_version_afterwards_is_told)
{
    BOOST_TEST(!mismatch(image("1.2.0"), bmc()));
    BOOST_TEST(mismatch(image("2.0.0"), bmc()).value().found == "version 1.2.0 is found");
    BOOST_TEST(mismatch(image("2.0.0"), bmc("")).value().found == "no version is found");
}

BOOST_AUTO_TEST_SUITE_END()
