#include "manager/baseline/firmware_match.hpp"
#include "manager/baseline/guid.hpp"

#include <boost/test/unit_test.hpp>

using manager::baseline::DeviceId;
using manager::baseline::Firmware;
using manager::baseline::FirmwareEntry;
using manager::baseline::Fit;
using manager::baseline::guid_of;
using manager::baseline::guid_of_instance;
using manager::baseline::match;
using Sort = DeviceId::Sort;

namespace {

constexpr auto guid = "4764a662-b342-4fc7-9ce9-258c5d99e815";
constexpr auto other_guid = "11111111-b342-4fc7-9ce9-258c5d99e815";

Firmware package(std::vector<DeviceId> ids)
{
    Firmware firmware;
    firmware.name = "package";
    firmware.parts.push_back({});
    firmware.parts.back().ids = std::move(ids);
    return firmware;
}

FirmwareEntry entry(const std::string& name, const std::string& version = "1.0")
{
    FirmwareEntry entry;
    entry.id = "1";
    entry.name = name;
    entry.version = version;
    return entry;
}

} // namespace

BOOST_AUTO_TEST_SUITE(firmware_match)

BOOST_AUTO_TEST_CASE(a_target_of_hpe_decides_and_the_device_class_must_be_the_same)
{
    Firmware firmware = package({{Sort::guid, guid}});
    firmware.parts[0].device_class = other_guid;
    FirmwareEntry ilo = entry("iLO 5");
    ilo.targets = {other_guid, "4764A662-B342-4FC7-9CE9-258C5D99E815"};

    const auto fits = match(ilo, firmware);
    BOOST_TEST((fits.fit == Fit::yes));
    BOOST_TEST(fits.part == &firmware.parts[0]);

    ilo.device_class = guid;
    BOOST_TEST((match(ilo, firmware).fit == Fit::no));
    ilo.device_class = other_guid;
    BOOST_TEST((match(ilo, firmware).fit == Fit::yes));
    ilo.targets = {"22222222-b342-4fc7-9ce9-258c5d99e815"};
    BOOST_TEST((match(ilo, firmware).fit == Fit::no));
    BOOST_TEST(match(ilo, firmware).why == "package is not for iLO 5");
    ilo.targets.clear();
    BOOST_TEST((match(ilo, firmware).fit == Fit::unknown));
    BOOST_TEST(match(ilo, firmware).why == "whether package is for iLO 5 cannot be told");
}

BOOST_AUTO_TEST_CASE(of_several_parts_the_one_that_fits_is_told)
{
    Firmware firmware = package({{Sort::guid, other_guid}});
    firmware.parts.push_back({});
    firmware.parts.back().ids = {{Sort::guid, guid}};
    FirmwareEntry device = entry("BMC");
    device.software_id = guid;

    BOOST_TEST(match(device, firmware).part == &firmware.parts[1]);
}

BOOST_AUTO_TEST_CASE(a_cabinet_means_devices_also_by_what_fwupd_makes_of_their_ids)
{
    // As Python says: uuid.uuid5(uuid.NAMESPACE_DNS, r"REDFISH\VENDOR_Lenovo&SOFTWAREID_BMC-AFBT-10")
    BOOST_TEST(guid_of_instance("REDFISH\\VENDOR_Lenovo&SOFTWAREID_BMC-AFBT-10") ==
               "a47edbb8-e44c-5172-a9e7-5f7a59439cbc");
    FirmwareEntry bmc = entry("BMC");
    bmc.vendor = "Lenovo";
    bmc.software_id = "BMC-AFBT-10";
    const Firmware firmware =
        package({{Sort::guid, guid_of_instance("REDFISH\\VENDOR_Lenovo&SOFTWAREID_BMC-AFBT-10")}});

    BOOST_TEST((match(bmc, firmware).fit == Fit::yes));
    bmc.software_id = "UEFI-AFE1-10";
    BOOST_TEST((match(bmc, firmware).fit == Fit::unknown)); // what is made up proves nothing
    bmc.vendor = "Example Corp";
    bmc.id = "BMC";
    BOOST_TEST(
        (match(bmc, package({{Sort::guid, guid_of_instance("REDFISH\\VENDOR_Example_Corp&ID_BMC")}})).fit ==
         Fit::yes));
    FirmwareEntry card = entry("NIC");
    card.hardware = {"pci:15b3:1017:15b3:0006"};
    BOOST_TEST(
        (match(card, package({{Sort::guid, guid_of_instance("PCI\\VEN_15B3&DEV_1017")}})).fit == Fit::yes));
}

BOOST_AUTO_TEST_CASE(dell_tells_the_component_in_the_id)
{
    const Firmware bios = package({{Sort::component, "159"}});
    FirmwareEntry installed = entry("BIOS");

    installed.id = "Installed-159-2.1.8__BIOS.Setup.1-1";
    BOOST_TEST((match(installed, bios).fit == Fit::yes));
    installed.id = "Installed-15-2.1.8__X";
    BOOST_TEST((match(installed, bios).fit == Fit::no));
    installed.id = "Previous-159-2.1.7__BIOS.Setup.1-1"; // is not what runs
    BOOST_TEST((match(installed, bios).fit == Fit::unknown));
    installed.id = "Installed-0-22.0__NIC.Embedded.1-1-1";
    BOOST_TEST((match(installed, bios).fit == Fit::unknown));
}

BOOST_AUTO_TEST_CASE(openbmc_tells_purpose_and_machine)
{
    const Firmware image =
        package({{Sort::purpose, "bmc"}, {Sort::machine, "romulus"}, {Sort::machine, "romulus-b"}});
    FirmwareEntry bmc = entry("Software Inventory");

    BOOST_TEST((match(bmc, image).fit == Fit::unknown));
    bmc.related = {"/redfish/v1/Managers/bmc"};
    BOOST_TEST((match(bmc, image).fit == Fit::yes));
    bmc.machine = "romulus-b";
    BOOST_TEST((match(bmc, image).fit == Fit::yes));
    bmc.machine = "witherspoon";
    BOOST_TEST((match(bmc, image).fit == Fit::no));
    bmc.machine.clear();
    bmc.vendor = "HPE"; // an iLO has the same purpose, and never takes it
    BOOST_TEST((match(bmc, image).fit == Fit::unknown));
    bmc.vendor = "OpenBMC";
    BOOST_TEST((match(bmc, image).fit == Fit::yes));
    bmc.vendor.clear();
    bmc.related = {"/redfish/v1/Systems/system/Bios"};
    BOOST_TEST((match(bmc, image).fit == Fit::no));
}

BOOST_AUTO_TEST_CASE(bare_images_fit_by_their_family)
{
    const Firmware ilo = package({{Sort::family, "iLO 5"}});
    const Firmware rom = package({{Sort::family, "A43"}});

    BOOST_TEST((match(entry("iLO 5", "2.14 Feb 11 2020"), ilo).fit == Fit::yes));
    BOOST_TEST((match(entry("iLO 50"), ilo).fit == Fit::no));
    BOOST_TEST((match(entry("System ROM", "A43 v2.52 (10/29/2021)"), rom).fit == Fit::yes));
    BOOST_TEST((match(entry("System ROM", "U30 v2.52 (10/29/2021)"), rom).fit == Fit::no));
    BOOST_TEST((match(entry("iLO 5"), package({})).fit == Fit::unknown));
}

BOOST_AUTO_TEST_CASE(hardware_fits_as_far_as_the_package_tells)
{
    FirmwareEntry card = entry("NIC");
    card.hardware = {"pci:15b3:1017:15b3:0006"};

    BOOST_TEST((match(card, package({{Sort::hardware, "pci:15b3:1017"}})).fit == Fit::yes));
    BOOST_TEST((match(card, package({{Sort::hardware, "pci:15b3:10"}})).fit == Fit::no));
    BOOST_TEST((match(card, package({{Sort::hardware, "iana:47196"}})).fit == Fit::no));
    BOOST_TEST((match(entry("NIC"), package({{Sort::hardware, "pci:15b3:1017"}})).fit == Fit::unknown));
}

BOOST_AUTO_TEST_CASE(a_guid_is_compared_in_one_form)
{
    BOOST_TEST(guid_of("{4764A662-B342-4FC7-9CE9-258C5D99E815}").value_or("") == guid);
    BOOST_TEST(!guid_of("00000000-0000-0000-0000-000000000000"));
    BOOST_TEST(!guid_of("4764a662b3424fc79ce9258c5d99e815"));
    BOOST_TEST(!guid_of("4764a662-b342-4fc7-9ce9-258c5d99e81g"));
    BOOST_TEST(!guid_of("----4764a662b3424fc79ce9258c5d99e815"));
}

BOOST_AUTO_TEST_SUITE_END()
