// Reboots as the engine makes them, on a made-up far side.
#include "manager/store/run_json.hpp"
#include "tests/unit/rollout_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace fleet;
using rollout::RebootPolicy;

namespace {

const Ending asks{JobState::succeeded_pending_reboot, "ok_reboot", "installed; the target asks for a reboot"};

/// One server whose package asks for a reboot.
struct Asking {
    explicit Asking(RebootPolicy policy = RebootPolicy::needed) : scene(servers)
    {
        server().ends("kernel", asks);
        scene.request.components = {package("kernel", "6.1-1")};
        scene.request.reboot.policy = policy;
        scene.request.reboot.timeout = std::chrono::seconds(1);
    }
    Server& server() { return servers["db-7"]; }

    Fleet servers{"db-7"};
    Scene scene;
};

bool has(const std::vector<Phase>& phases, Phase phase)
{
    return std::find(phases.begin(), phases.end(), phase) != phases.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(rollout_reboot)

BOOST_AUTO_TEST_CASE(a_target_that_asks_is_rebooted_once_and_its_versions_are_looked_at_again)
{
    Asking asking;

    const rollout::Run run = asking.scene.deploy();

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(asking.server().boots() == 1);
    BOOST_TEST(run.targets[0].reboot.back > 0);
    BOOST_TEST(asking.server().number_of("inventory") == 3); // before, after, and after the boot
    BOOST_TEST(has(asking.scene.witness.phases[0], Phase::rebooting));
    BOOST_TEST(has(asking.scene.witness.phases[0], Phase::reconnecting));
    BOOST_TEST(asking.servers.left_behind() == "");
}

BOOST_AUTO_TEST_CASE(without_the_users_word_a_target_is_not_rebooted)
{
    Asking asking(RebootPolicy::never);

    BOOST_TEST(outcome(asking.scene.deploy()) == "updated_reboot_pending");
    BOOST_TEST(asking.server().boots() == 0);
}

BOOST_AUTO_TEST_CASE(always_means_each_target_on_which_something_was_installed)
{
    Fleet servers{"new", "old"};
    servers["old"].has("tree", "2.1.0-1");
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};
    scene.request.reboot.policy = RebootPolicy::always;

    const rollout::Run run = scene.deploy();

    BOOST_TEST(outcome(run, 0) == "updated");
    BOOST_TEST(servers["new"].boots() == 1);
    BOOST_TEST(outcome(run, 1) == "nothing_needed");
    BOOST_TEST(servers["old"].boots() == 0);
}

BOOST_AUTO_TEST_CASE(a_reboot_that_is_needed_waits_until_all_components_are_installed)
{
    Asking asking;
    asking.scene.request.components.push_back(package("tree", "2.1.0-1"));
    asking.server().ends("tree", {JobState::failed, "dependency", "libc is missing", false});

    const rollout::Run run = asking.scene.deploy();

    BOOST_TEST(outcome(run) == "omitted_dependency");
    BOOST_TEST(asking.server().boots() == 0);
}

BOOST_AUTO_TEST_CASE(a_version_that_is_gone_after_the_boot_is_not_verified)
{
    Asking asking;
    asking.server().loses("kernel");

    const rollout::Run run = asking.scene.deploy();

    BOOST_TEST(outcome(run) == "not_verified");
    BOOST_TEST(run.targets[0].text.starts_with("kernel 6.1-1 was installed, but after the reboot "));
    BOOST_TEST(!run.targets[0].components[0].verified);
}

BOOST_AUTO_TEST_CASE(a_target_that_does_not_come_back_leaves_the_run_open)
{
    Asking asking;
    asking.server().fails(Phase::reconnecting, {Trouble::unreachable, "no route"});

    const rollout::Run run = asking.scene.deploy();

    BOOST_TEST(outcome(run) == "interrupted");
    BOOST_TEST((run.targets[0].failed_in == Phase::reconnecting));
    BOOST_TEST(
        run.targets[0].text ==
        "kernel 6.1-1 installed, then the target was rebooted: did not come back within 1.0 s: no route");
    BOOST_TEST(run.ended == 0);
    BOOST_TEST(asking.server().number_of("collect") == 0);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_finds_the_boot_and_makes_no_second_one)
{
    Asking asking;
    asking.server().fails(Phase::reconnecting, {Trouble::unreachable, "no route"});
    rollout::Run open;
    {
        store::SqliteStore store(asking.scene.data());
        rollout::Run run = asking.scene.begin(store);
        open.id = run.id;
        rollout::Rollout engine(std::move(run), store, asking.servers.drivers(), {},
                                asking.scene.run_folder(open.id), asking.scene.pace);
        engine.run();
    }
    asking.server().comes_back();
    store::SqliteStore store(asking.scene.data());
    rollout::Rollout engine(store.take_over(open.id), store, asking.servers.drivers(), {},
                            asking.scene.run_folder(open.id), asking.scene.pace);
    const int asked = asking.server().number_of("reboot");

    const rollout::Run run = engine.run();

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(asking.server().boots() == 1);
    BOOST_TEST(asking.server().number_of("reboot") == asked);
    BOOST_TEST(run.targets[0].reboot.back > 0);
    BOOST_TEST(run.ended > 0);
}

BOOST_AUTO_TEST_CASE(a_line_that_broke_is_no_boot)
{
    Asking asking;
    asking.server().fails(Phase::rebooting, {Trouble::unreachable, "no answer"}, 2);

    const rollout::Run run = asking.scene.deploy();

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(asking.server().boots() == 1);
    BOOST_TEST(asking.server().number_of("reconnect") == 2);
}

BOOST_AUTO_TEST_CASE(a_cancel_before_it_goes_down_takes_the_reboot_back)
{
    Asking asking;
    asking.server().stays_up();

    const rollout::Run run = asking.scene.deploy(
        [&](rollout::Rollout& engine) { asking.server().when(Phase::rebooting, [&] { engine.cancel(); }); });

    BOOST_TEST(outcome(run) == "updated_reboot_pending");
    BOOST_TEST(asking.server().number_of("cancel_reboot") == 1);
    BOOST_TEST(run.targets[0].reboot.cancelled);
    BOOST_TEST(asking.servers.left_behind() == "");
}

BOOST_AUTO_TEST_CASE(a_target_that_cannot_be_told_has_failed_with_what_was_installed)
{
    Asking asking;
    asking.server().fails(Phase::rebooting, {Trouble::rejected, "no shutdown"});

    const rollout::Run run = asking.scene.deploy();

    BOOST_TEST(outcome(run) == "failed");
    BOOST_TEST(run.targets[0].text ==
               "kernel 6.1-1 installed, but the target could not be rebooted: no shutdown");
}

BOOST_AUTO_TEST_CASE(what_the_user_wants_of_reboots_and_how_far_one_is_are_stored)
{
    rollout::Request request;
    request.reboot = {RebootPolicy::needed, std::chrono::seconds(30), "back soon", std::chrono::seconds(100)};
    const rollout::RebootRules read = store::request_from_json(store::to_json(request)).reboot;
    BOOST_TEST((read.policy == RebootPolicy::needed));
    BOOST_TEST((read.delay == std::chrono::seconds(30)));
    BOOST_TEST(read.message == "back soon");
    BOOST_TEST((read.timeout == std::chrono::seconds(100)));
    BOOST_TEST((store::request_from_json(store::to_json(rollout::Request())).reboot.delay == std::nullopt));

    rollout::TargetState state;
    state.reboot = {"abc", 1, 2, 3, true};
    const rollout::RebootProgress progress = store::target_state_from_json(store::to_json(state)).reboot;
    BOOST_TEST(progress.boot == "abc");
    BOOST_TEST(progress.ordered == 1);
    BOOST_TEST(progress.down == 2);
    BOOST_TEST(progress.back == 3);
    BOOST_TEST(progress.cancelled);
}

BOOST_AUTO_TEST_SUITE_END()
