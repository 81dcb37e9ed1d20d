#include "manager/store/run_json.hpp"
#include "manager/target/ssh_config.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager;

BOOST_AUTO_TEST_SUITE(run_json)

BOOST_AUTO_TEST_CASE(a_resumed_run_reaches_its_targets_by_the_same_way)
{
    target::Target far;
    far.name = "far";
    far.host = "10.0.0.1";
    far.ssh = target::SshProgram::openssh;
    far.become = target::Become::su;
    far.configured_identities = {"/keys/a", "/keys/b"};
    far.identities_only = true;
    far.host_key_alias = "alias";
    far.known_hosts = {"/known"};
    far.jumps = target::parse_jumps("me@near:2022");
    far.jumps[0].host_key_alias = "other";
    target::Target near;
    near.name = near.host = "near";
    near.proxy_command = "nc %h %p";
    near.its_bmc = "ilo";
    rollout::Request request;
    target::Target bmc;
    bmc.name = bmc.host = "ilo";
    bmc.connection = target::Connection::bmc;
    bmc.bmc = {target::BmcMethod::push, target::BmcPull::http, true, "near"};
    request.targets = {far, near, bmc};
    request.reinstall = true;

    const auto read = store::request_from_json(store::to_json(request)).targets;
    BOOST_TEST((read.at(0).ssh == target::SshProgram::openssh));
    BOOST_TEST((read[0].become == target::Become::su));
    BOOST_TEST(read[0].configured_identities == far.configured_identities, boost::test_tools::per_element());
    BOOST_TEST(read[0].identities_only);
    BOOST_TEST(read[0].host_key_alias == "alias");
    BOOST_TEST(read[0].known_hosts == far.known_hosts, boost::test_tools::per_element());
    BOOST_REQUIRE(read[0].jumps.size() == 1u);
    BOOST_TEST(read[0].jumps[0].user == "me");
    BOOST_TEST(read[0].jumps[0].port == 2022);
    BOOST_TEST(read[0].jumps[0].host_key_alias == "other");
    BOOST_TEST((read.at(1).ssh == target::SshProgram::automatic));
    BOOST_TEST(read[1].proxy_command == "nc %h %p");
    BOOST_TEST((read.at(2).connection == target::Connection::bmc));
    BOOST_TEST((read[2].bmc.method == target::BmcMethod::push));
    BOOST_TEST((read[2].bmc.pull == target::BmcPull::http));
    BOOST_TEST(read[2].bmc.legacy_tls);
    BOOST_TEST(read[2].bmc.host == "near");
    BOOST_TEST(read[1].its_bmc == "ilo");
    BOOST_TEST(store::request_from_json(store::to_json(request)).reinstall);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_knows_what_its_firmware_is)
{
    baseline::Firmware firmware;
    firmware.form = baseline::FirmwareForm::fwpkg;
    firmware.type = baseline::FwpkgType::b;
    firmware.vendor = "HPE";
    firmware.name = "iLO 5";
    firmware.file_name = "ilo5.fwpkg";
    firmware.version = "2.14";
    firmware.whole = false;
    baseline::FirmwarePart part;
    part.name = "iLO";
    part.ids = {{baseline::DeviceId::Sort::guid, "g"}, {baseline::DeviceId::Sort::hardware, "pci:15b3"}};
    part.device_class = "class";
    part.version = "2.14";
    part.at_least = "1.40";
    part.activation = baseline::Activation::bmc_reset;
    part.image = baseline::InnerImage{"dir/ilo5.bin", "ilo5.bin", 17, "ab"};
    firmware.parts = {part, {}};
    rollout::Request request;
    request.components.resize(2);
    request.components[0].kind = common::ComponentKind::firmware;
    request.components[0].firmware = firmware;

    const auto read = store::request_from_json(store::to_json(request)).components;
    BOOST_TEST((read.at(0).kind == common::ComponentKind::firmware));
    const baseline::Firmware& back = read[0].firmware.value();
    BOOST_TEST((back.form == firmware.form));
    BOOST_TEST((back.type == firmware.type));
    BOOST_TEST(back.vendor == "HPE");
    BOOST_TEST(back.name == "iLO 5");
    BOOST_TEST(back.file_name == "ilo5.fwpkg");
    BOOST_TEST(back.version == "2.14");
    BOOST_TEST(!back.whole);
    BOOST_REQUIRE(back.parts.size() == 2u);
    BOOST_TEST((back.parts[0].ids == part.ids));
    BOOST_TEST(back.parts[0].name == "iLO");
    BOOST_TEST(back.parts[0].device_class == "class");
    BOOST_TEST(back.parts[0].version == "2.14");
    BOOST_TEST(back.parts[0].at_least == "1.40");
    BOOST_TEST((back.parts[0].activation == part.activation));
    BOOST_TEST(back.parts[0].image.value().path == "dir/ilo5.bin");
    BOOST_TEST(back.parts[0].image->name == "ilo5.bin");
    BOOST_TEST(back.parts[0].image->size == 17u);
    BOOST_TEST(back.parts[0].image->sha256 == "ab");
    BOOST_TEST(!back.parts[1].image);
    BOOST_TEST(!read.at(1).firmware);
}

BOOST_AUTO_TEST_SUITE_END()
