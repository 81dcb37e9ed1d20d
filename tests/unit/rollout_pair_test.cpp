#include "tests/unit/rollout_scene.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace fleet;
using rollout::Outcome;

namespace {

/// A program for Linux with firmware for an iLO 5 in it.
baseline::Component smart(const std::string& version = "3.00", const std::string& device = "iLO 5")
{
    baseline::Component component = program("CP050000.scexe");
    component.version = version;
    component.firmware.emplace();
    component.firmware->name = device;
    component.firmware->parts.emplace_back();
    component.firmware->parts.front().version = version;
    component.firmware->parts.front().ids = {{baseline::DeviceId::Sort::family, device}};
    return component;
}

/// A host and its BMC, in this order.
struct Pair {
    Pair() : scene(fleet)
    {
        fleet["ilo"].is_a_bmc("2.10");
        scene.request.targets[0].its_bmc = "ilo";
        scene.request.targets[1].connection = target::Connection::bmc;
        scene.request.targets[1].bmc.host = "web";
        scene.request.components = {smart()};
    }

    std::string actions(const rollout::Run& run, std::size_t target)
    {
        std::string text;
        for (const rollout::ComponentState& state : run.targets.at(target).components)
            text += (text.empty() ? "" : "; ") + state.action;
        return text;
    }

    Fleet fleet{"web", "ilo"};
    Scene scene;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rollout_pair, Pair)

BOOST_AUTO_TEST_CASE(what_both_could_take_goes_through_the_bmc_alone)
{
    for (const std::size_t parallel : {1, 32}) {
        fleet["ilo"].is_a_bmc("2.10");
        scene.request.parallel = parallel;
        const rollout::Run run = scene.deploy();
        BOOST_TEST(outcome(run, 0) == "nothing_needed");
        BOOST_TEST(outcome(run, 1) == "updated");
        BOOST_TEST(actions(run, 0) == "left to its BMC ilo, which takes it");
        BOOST_TEST(run.targets[0].text.find("left to its BMC ilo") != std::string::npos);
        BOOST_TEST(fleet["web"].runs() == 0);
    }
    BOOST_TEST(fleet["ilo"].runs() == 2); // once a run
}

BOOST_AUTO_TEST_CASE(a_bmc_that_is_up_to_date_has_it_too)
{
    fleet["ilo"].is_a_bmc("3.00");
    const rollout::Run run = scene.deploy();
    BOOST_TEST(actions(run, 0) == "left to its BMC ilo: same version is installed");
    BOOST_TEST(actions(run, 1) == "same version is installed");
    fleet["ilo"].is_a_bmc("3.05");
    BOOST_TEST(actions(scene.deploy(), 0).find("a newer version, 3.05") != std::string::npos);
    BOOST_TEST(fleet["web"].runs() + fleet["ilo"].runs() == 0);
}

BOOST_AUTO_TEST_CASE(what_the_bmc_has_no_device_for_goes_to_the_host_alone)
{
    scene.request.components = {smart("4.10", "Smart Array P408i")};
    const rollout::Run run = scene.deploy();
    BOOST_TEST(outcome(run, 0) == "updated");
    BOOST_TEST(outcome(run, 1) == "nothing_needed");
    BOOST_TEST(actions(run, 1).starts_with("left to its host web: it is for nothing that this BMC has"));
    BOOST_TEST(fleet["web"].runs() == 1);
    BOOST_TEST(fleet["ilo"].runs() == 0);
}

BOOST_AUTO_TEST_CASE(a_bmc_that_is_not_reached_does_not_send_it_to_the_host)
{
    fleet["ilo"].fails(Phase::scouting, {Trouble::denied, "the login is refused"});
    const rollout::Run run = scene.deploy();
    BOOST_TEST(outcome(run, 1) == "unreached");
    BOOST_TEST(outcome(run, 0) == "nothing_needed");
    BOOST_TEST(actions(run, 0).find("--exclude ilo installs it here") != std::string::npos);
    BOOST_TEST(fleet["web"].runs() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_only_for_one_of_them_goes_there_as_ever)
{
    baseline::Component image = smart();
    image.kind = common::ComponentKind::firmware;
    scene.request.components = {package("stone", "2.0"), image};
    const rollout::Run run = scene.deploy();
    BOOST_TEST(outcome(run, 0) == "updated");
    BOOST_TEST(outcome(run, 1) == "updated");
    BOOST_TEST(fleet["web"].version_of("stone") == "2.0");
    BOOST_TEST(run.targets[0].notices.empty()); // that firmware is for BMCs, nobody has to be told
    BOOST_TEST(run.targets[1].notices.empty());
}

BOOST_AUTO_TEST_CASE(a_host_and_a_bmc_that_are_not_linked_each_take_what_they_can)
{
    scene.request.targets[0].its_bmc.clear();
    scene.request.targets[1].bmc.host.clear();
    const rollout::Run run = scene.deploy();
    BOOST_TEST(outcome(run, 0) == "updated");
    BOOST_TEST(outcome(run, 1) == "updated");
}

BOOST_AUTO_TEST_CASE(what_a_host_had_begun_stays_there)
{
    store::SqliteStore store(scene.data());
    rollout::Run run = scene.begin(store);
    for (rollout::TargetState& state : run.targets)
        state.components.resize(1);
    run.targets[0].components[0].job = std::string(64, 'a');
    run.targets[0].components[0].action = rollout::action_install;
    rollout::Rollout engine(run, store, fleet.drivers(), {&scene.witness}, scene.scratch.path() / "run",
                            scene.pace);
    const rollout::Run ended = engine.run();
    BOOST_TEST(actions(ended, 1) == "left to its host web, where it was begun before");
    BOOST_TEST(fleet["ilo"].runs() == 0);
    BOOST_TEST(fleet["web"].runs() == 1);
}

BOOST_AUTO_TEST_CASE(the_report_names_each_at_the_other)
{
    const rollout::Run run = scene.deploy();
    const auto report = nlohmann::json::parse(rollout::json_report(run, "/data/run"));
    BOOST_TEST(report["targets"][0]["bmc"] == "ilo");
    BOOST_TEST(!report["targets"][0].contains("bmc_of"));
    BOOST_TEST(report["targets"][1]["bmc_of"] == "web");
    BOOST_TEST(report["targets"][0]["components"][0]["action"] == "left to its BMC ilo, which takes it");
}

BOOST_AUTO_TEST_SUITE_END()
