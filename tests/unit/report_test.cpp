#include "manager/rollout/exit_code.hpp"
#include "manager/rollout/report.hpp"
#include "tests/unit/rollout_scene.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace fleet;
using rollout::ExitCode;
using rollout::Outcome;

namespace {

/// A finished run whose targets ended like this and left nothing.
rollout::Run run_of(const std::vector<Outcome>& outcomes)
{
    rollout::Run run;
    run.id = "41ab0000000000000000000000000000";
    run.started = 1'000'000;
    run.ended = 1'083'000;
    run.request.components = {package("tree", "2.1.0-1")};
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        target::Target target;
        target.name = "web-" + std::to_string(i + 1);
        target.host = "10.0.0." + std::to_string(i + 1);
        run.request.targets.push_back(target);
        rollout::TargetState state;
        state.phase = Phase::done;
        state.outcome = state.verdict = outcomes[i];
        state.touched = state.looked = true;
        state.components.resize(1);
        run.targets.push_back(state);
    }
    return run;
}

ExitCode code(const std::vector<Outcome>& outcomes)
{
    return exit_code_of(run_of(outcomes));
}

} // namespace

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(each_outcome_has_its_code)
{
    BOOST_TEST((code({Outcome::updated}) == ExitCode::ok));
    BOOST_TEST((code({Outcome::updated_reboot_pending}) == ExitCode::ok_reboot));
    BOOST_TEST((code({Outcome::nothing_needed}) == ExitCode::not_required));
    BOOST_TEST((code({Outcome::failed}) == ExitCode::component_failed));
    BOOST_TEST((code({Outcome::omitted_dependency}) == ExitCode::dependency));
    BOOST_TEST((code({Outcome::unreached}) == ExitCode::unreachable));
    BOOST_TEST((code({Outcome::cancelled}) == ExitCode::interrupted));
    BOOST_TEST((code({Outcome::not_started}) == ExitCode::gate_stopped));
    BOOST_TEST((code({Outcome::interrupted}) == ExitCode::component_failed));
    BOOST_TEST((code({Outcome::not_verified}) == ExitCode::not_verified));
}

BOOST_AUTO_TEST_CASE(of_two_outcomes_the_graver_one_decides)
{
    const std::vector<Outcome> by_rank{
        Outcome::cancelled,
        Outcome::not_started,
        Outcome::failed,
        Outcome::omitted_dependency,
        Outcome::not_verified,
        Outcome::unreached,
        Outcome::updated_reboot_pending,
        Outcome::updated,
    };
    for (std::size_t graver = 0; graver < by_rank.size(); ++graver)
        for (std::size_t other = graver; other < by_rank.size(); ++other)
            BOOST_TEST((code({by_rank[other], by_rank[graver]}) == code({by_rank[graver]})));
    BOOST_TEST((code({Outcome::nothing_needed, Outcome::updated}) == ExitCode::ok));
}

BOOST_AUTO_TEST_CASE(what_stayed_on_a_target_counts_when_all_else_is_well)
{
    rollout::Run run = run_of({Outcome::updated, Outcome::updated_reboot_pending});
    run.targets[0].left = {"process 4711 (soapstone-agent)"};
    BOOST_TEST((exit_code_of(run) == ExitCode::leftovers));
    run.targets[0].left.clear();
    run.targets[0].looked = false; // nobody could look
    BOOST_TEST((exit_code_of(run) == ExitCode::leftovers));
    run.targets[0].touched = false; // nothing was put there
    BOOST_TEST((exit_code_of(run) == ExitCode::ok_reboot));
}

BOOST_AUTO_TEST_CASE(a_run_that_is_not_over_counts_as_interrupted)
{
    rollout::Run run = run_of({Outcome::updated, Outcome::failed});
    run.targets[1].outcome.reset();
    BOOST_TEST((exit_code_of(run) == ExitCode::interrupted));
}

BOOST_AUTO_TEST_CASE(all_targets_in_other_hands_have_a_code_of_their_own)
{
    rollout::Run run = run_of({Outcome::failed, Outcome::failed});
    run.targets[0].trouble = run.targets[1].trouble = Trouble::busy;
    BOOST_TEST((exit_code_of(run) == ExitCode::locked));
    run.targets[1].trouble = Trouble::rejected;
    BOOST_TEST((exit_code_of(run) == ExitCode::component_failed));
}

BOOST_AUTO_TEST_CASE(a_run_that_only_looked_is_ok)
{
    rollout::Run run = run_of({Outcome::nothing_needed});
    run.request.components.clear();
    run.targets[0].components.clear();
    BOOST_TEST((exit_code_of(run) == ExitCode::ok));
}

BOOST_AUTO_TEST_CASE(codes_have_the_numbers_and_names_that_scripts_rely_on)
{
    BOOST_TEST(static_cast<int>(ExitCode::component_failed) == 253);
    BOOST_TEST(static_cast<int>(ExitCode::leftovers) == 10);
    BOOST_TEST(name_of(ExitCode::ok_reboot) == "OK_REBOOT");
    BOOST_TEST(name_of(ExitCode::bad_parameter) == "BAD_PARAMETER");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(counts_add_up_also_while_targets_are_open)
{
    rollout::Run run = run_of({rollout::every_outcome.begin(), rollout::every_outcome.end()});
    run.targets[0].outcome.reset();
    run.targets[1].outcome.reset();
    run.targets[1].phase = Phase::waiting;
    run.targets[1].touched = false;
    std::size_t total = 0;
    for (const auto& [outcome, number] : rollout::count(run))
        total += number;
    BOOST_TEST(total == run.targets.size());
    BOOST_TEST(rollout::count(run).at(Outcome::interrupted) ==
               2U); // its own, and the one that was on its way
    BOOST_TEST(rollout::count(run).at(Outcome::not_started) == 2U);
}

BOOST_AUTO_TEST_CASE(failures_of_one_cause_go_together_under_folded_names)
{
    rollout::Run run =
        run_of({Outcome::failed, Outcome::updated, Outcome::failed, Outcome::failed, Outcome::failed});
    for (const std::size_t i : {0U, 2U, 3U})
        run.targets[i].text = "connecting to 10.0.0." + std::to_string(i + 1) + ": connection refused";
    run.targets[4].text = "copying the agent: disk full";
    run.targets[4].hint = "make room in /var/lib";

    const std::vector<rollout::Cluster> clusters = rollout::clusters(run);

    BOOST_REQUIRE(clusters.size() == 2U);
    BOOST_TEST(clusters[0].cause == "connecting to <target>: connection refused");
    BOOST_TEST(clusters[0].targets.size() == 3U);
    BOOST_TEST(clusters[1].cause == "copying the agent: disk full");
}

BOOST_AUTO_TEST_CASE(a_cause_loses_what_names_its_target_and_nothing_else)
{
    target::Target target;
    target.name = "db";
    target.host = "10.0.0.1";
    const auto cause = [&](const std::string& text) { return rollout::cause_of(text, target); };
    BOOST_TEST(cause("db: dbus is missing on db, mydb and db.example") ==
               "<target>: dbus is missing on <target>, mydb and db.example");
    BOOST_TEST(cause("10.0.0.1 answered, 10.0.0.12 and 110.0.0.1 did not. See 10.0.0.1.") ==
               "<target> answered, 10.0.0.12 and 110.0.0.1 did not. See <target>.");
    BOOST_TEST(cause("[10.0.0.1]:22") == "[<target>]:22");
    BOOST_TEST(cause("no answer since 2031-05-04T09:14:07.231Z") == "no answer since <time>");
    BOOST_TEST(cause("job 0123456789abcdef0123456789abcdef is gone") == "job <id> is gone");
    BOOST_TEST(cause("exit code 100 after 2031 tries") == "exit code 100 after 2031 tries");
}

BOOST_AUTO_TEST_CASE(the_json_report_tells_everything_and_survives_any_bytes)
{
    rollout::Run run = run_of({Outcome::failed, Outcome::updated});
    run.targets[0].text = "installing tree: \xff\xfe broken";
    run.targets[0].failed_in = Phase::installing;
    run.targets[0].trouble = Trouble::rejected;
    rollout::ComponentState& component = run.targets[0].components[0];
    component.action = "install";
    component.job = std::string(32, 'a');
    component.version_before = "2.0.2-1";
    component.report = JobReport{component.job, JobState::failed, "failed", 2, std::nullopt, "dpkg said no"};

    run.targets[1].log = rollout::LogProof{23, std::string(32, 'e'), "was changed after line 17"};

    const auto report = nlohmann::json::parse(rollout::json_report(run, "/data/runs/41ab"));

    BOOST_TEST(report.at("targets").at(0).at("agent_log").is_null());
    const auto& log = report.at("targets").at(1).at("agent_log");
    BOOST_TEST(log.at("lines") == 23);
    BOOST_TEST(log.at("head") == std::string(32, 'e'));
    BOOST_TEST(log.at("intact") == false);
    BOOST_TEST(log.at("problem") == "was changed after line 17");
    BOOST_TEST(report.at("format") == "soapstone-report/1");
    BOOST_TEST(report.at("finished") == true);
    BOOST_TEST(report.at("who").get<std::string>().find('@') != std::string::npos);
    BOOST_TEST(report.at("exit_code") == 253);
    BOOST_TEST(report.at("counts").at("total") == 2);
    BOOST_TEST(report.at("counts").at("failed") == 1);
    const auto& target = report.at("targets").at(0);
    BOOST_TEST(target.at("outcome") == "failed");
    BOOST_TEST(target.at("failed_in") == "installing");
    BOOST_TEST(target.at("trouble") == "rejected");
    BOOST_TEST(target.at("left") == "logs only");
    run.targets[0].logs = false;
    BOOST_TEST(nlohmann::json::parse(rollout::json_report(run, "/data"))["targets"][0]["left"] == "nothing");
    BOOST_TEST(target.at("logs") == "/data/runs/41ab/web-1");
    BOOST_TEST(target.at("components").at(0).at("exit_code") == 2);
    BOOST_TEST(target.at("components").at(0).at("from") == "2.0.2-1");
    BOOST_TEST(report.at("causes").at(0).at("targets") == "web-1");
}

BOOST_AUTO_TEST_CASE(log_folders_are_named_as_the_user_wrote_and_never_lead_elsewhere)
{
    std::vector<target::Target> targets(7);
    const std::vector<std::string> names{"db-7", "../../etc", "a/b", "", "db-7", "report.json", "Grüße"};
    for (std::size_t i = 0; i < names.size(); ++i)
        targets[i].name = names[i];
    const auto folders = rollout::folder_names(targets);
    BOOST_TEST(folders[0] == "db-7");
    BOOST_TEST(folders[1] == "_.._.._etc");
    BOOST_TEST(folders[2] == "a_b");
    BOOST_TEST(folders[3] == "_");
    BOOST_TEST(folders[4] == "db-7~2");
    BOOST_TEST(folders[5] == "report.json~2");
    BOOST_TEST(folders[6] == "Grüße");
}

BOOST_AUTO_TEST_CASE(a_report_is_on_disk_and_readable_by_its_owner_only)
{
    const tests::Scratch scratch;
    rollout::write_report(run_of({Outcome::updated}), scratch.path() / "runs" / "41ab");
    const auto file = scratch.path() / "runs" / "41ab" / "report.json";
    BOOST_TEST((std::filesystem::status(file).permissions() == std::filesystem::perms(0600)));
}

BOOST_AUTO_TEST_SUITE_END()
