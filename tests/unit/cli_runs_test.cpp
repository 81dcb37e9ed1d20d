#include "common/os/process.hpp"
#include "tests/unit/cli_runs_rig.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <numeric>
#include <unistd.h>

using namespace tests;

BOOST_AUTO_TEST_SUITE(cli_runs)

BOOST_AUTO_TEST_CASE(a_run_that_cannot_be_read_is_named_and_hides_no_other)
{
    CliRig rig;
    Kept kept(rig);
    kept.finished(run_of(2));
    rollout::Run other = run_of(2);
    other.id = std::string(32, 'd');
    kept.finished(other);
    store::Database(kept.folder / "soapstone.db")
        .run("UPDATE target SET state = '{\"phase\": \"dreaming\"}' WHERE run = '" + other.id + "'");
    BOOST_TEST(rig.call_here({"status"}) == 0);
    BOOST_TEST(has(rig.out.str(), "41ab0000"));
    BOOST_TEST(
        has(rig.err.str(), "run dddddddd cannot be read and is left as it is: the stored run is damaged"));
}

BOOST_AUTO_TEST_CASE(looking_for_runs_makes_no_folder)
{
    CliRig rig;
    BOOST_TEST(rig.call_here({"status"}) == 0);
    BOOST_TEST(rig.out.str() == "no runs yet in " + rig.data + "\n");
    BOOST_TEST(rig.call_here({"status", "--json"}) == 0);
    BOOST_TEST(nlohmann::json::parse(rig.out.str())["runs"].empty());
    for (const char* command : {"status", "logs", "cancel", "resume"}) {
        BOOST_TEST(rig.call_here({command, "latest"}) == 254);
        BOOST_TEST(rig.err.str() ==
                   "soapstone: no runs are kept in " + rig.data + "\n  say with --data DIR where they are\n");
    }
    BOOST_TEST(!fs::exists(rig.data));
}

BOOST_AUTO_TEST_CASE(no_run_is_no_error_for_status_alone)
{
    CliRig rig;
    common::os::make_private_folder(rig.data);
    static_cast<void>(store::SqliteStore(rig.data));
    BOOST_TEST(rig.call_here({"status"}) == 0);
    BOOST_TEST(rig.out.str() == "no runs yet in " + rig.data + "\n");
    BOOST_TEST(rig.call_here({"status", "latest"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: there is no run yet\n");
    BOOST_TEST(rig.call_here({"resume"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: resume: every run is finished, there is nothing to go on with\n  "
                                "'soapstone status' lists the runs\n");
}

BOOST_AUTO_TEST_CASE(status_is_a_table_of_runs)
{
    CliRig rig;
    Kept kept(rig);
    kept.finished(run_of(2));
    rollout::Run second = run_of(2);
    second.id[0] = '5';
    second.started += 60'000;
    kept.interrupted(second);
    const fs::path stale = fs::path(rig.data) / "managers" / "1.json";
    common::os::make_private_folder(stale.parent_path());
    common::os::write_file_durably(stale, "{}");
    BOOST_TEST(rig.call_here({"status"}) == 0);
    BOOST_TEST(!fs::exists(stale));
    BOOST_TEST(rig.out.str() ==
               "RUN       STARTED                  STATE        TARGETS\n"
               "51ab0000  2031-03-01 09:25:16 UTC  interrupted  2: 1 installing, 1 waiting\n"
               "41ab0000  2031-03-01 09:24:16 UTC  finished     2: 1 unreached, 1 updated\n");
}

BOOST_AUTO_TEST_CASE(status_of_a_finished_run_tells_all_of_it)
{
    CliRig rig;
    Kept(rig).finished(run_of(2));
    BOOST_TEST(rig.call_here({"status", "41ab"}) == 0);
    BOOST_TEST(rig.out.str() ==
               "run " + id + ": finished, started 2031-03-01 09:24:16 UTC\n" +
                   "TARGET  STATE      WHAT\n"
                   "node1   updated\n"
                   "node2   unreached  connecting to node2: connection refused\n"
                   "2 targets: 1 updated, 1 unreached (1 min 23 s)\n"
                   "node2: unreached while scouting: connecting to node2: connection refused\n"
                   "  what to do: see that the target is up and can be reached, then run the same "
                   "command again\n"
                   "report: " +
                   rig.data + "/runs/" + id + "/report.json\n" +
                   "logs: soapstone logs 41ab0000 TARGET --data " + rig.data + "\n");
}

BOOST_AUTO_TEST_CASE(targets_that_stand_alike_share_a_line_of_the_status)
{
    CliRig rig;
    rollout::Run run = run_of(60);
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        if (i != 40)
            tests::end(run.targets[i], Outcome::updated);
    tests::end(run.targets[40], Outcome::failed, "disk full");
    for (std::size_t i = 0; i < run.targets.size(); i += 4) // too many ranges for a column
        if (i != 40)
            tests::end(run.targets[i], Outcome::nothing_needed);
    std::vector<std::size_t> all(run.targets.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    store::SqliteStore store(rig.data);
    store.add(run);
    run.ended = run.started + 1;
    store.save(run, all, {});
    BOOST_TEST(rig.call_here({"status", "41ab"}) == 0);
    BOOST_TEST(rig.out.str().find(
                   "TARGET  STATE           WHAT\n"
                   "node[1,5,9,13,17,21,25,29,33,37,45,49,53,57]\n"
                   "        nothing_needed\n"
                   "node[2-4,6-8,10-12,14-16,18-20,22-24,26-28,30-32,34-36,38-40,42-44,46-48,50-52,54-56,"
                   "58-60]\n"
                   "        updated\n"
                   "node41  failed          disk full\n") != std::string::npos,
               rig.out.str());
    BOOST_TEST(rig.call_here({"status", "41ab", "--json"}) == 0);
    BOOST_TEST(nlohmann::json::parse(rig.out.str())["runs"][0]["targets"].size() == 60U);
}

BOOST_AUTO_TEST_CASE(status_asks_the_manager_at_work_for_its_real_ports)
{
    CliRig rig;
    Kept kept(rig);
    store::SqliteStore& store = kept.running(run_of(2));
    const Manager manager(rig.data, id, store);
    BOOST_TEST(rig.call_here({"status", "latest"}) == 0);
    BOOST_TEST(has(rig.out.str(), "run " + id + ": running, started "));
    BOOST_TEST(has(rig.out.str(), "manager: pid " + std::to_string(::getpid()) + ", version "));
    BOOST_TEST(has(rig.out.str(), "ports: local 127.0.0.1:" + std::to_string(manager.port) +
                                      " (61000 was taken), depot 60000\n"));
    BOOST_TEST(rig.call_here({"status", "--json"}) == 0);
    const auto document = nlohmann::json::parse(rig.out.str());
    BOOST_TEST(document["format"] == "soapstone-status/1");
    BOOST_TEST(document["runs"][0]["manager"]["ports"][0]["port"] == manager.port);
}

BOOST_AUTO_TEST_CASE(a_manager_that_does_not_answer_is_told_and_no_failure)
{
    CliRig rig;
    Kept kept(rig);
    kept.running(run_of(2));
    const cli::RuntimeFile file(rig.data, id, 1, std::string(64, 'a'), "t"); // nobody listens on port 1
    BOOST_TEST(rig.call_here({"status", id}) == 0);
    BOOST_TEST(has(rig.out.str(), "manager: pid " + std::to_string(::getpid()) + " does not answer: "));
}

BOOST_AUTO_TEST_CASE(runtime_files_of_the_dead_are_removed)
{
    CliRig rig;
    const fs::path folder = fs::path(rig.data) / "managers";
    common::os::make_private_folder(folder);
    const auto write = [&](const std::string& name, const nlohmann::json& content) {
        common::os::write_file_durably(folder / name, content.dump());
    };
    nlohmann::json content{{"format", "soapstone-manager/1"},
                           {"pid", ::getpid()},
                           {"start", common::os::start_time(::getpid()).value()},
                           {"run", id},
                           {"port", 1},
                           {"pin", "p"},
                           {"token", "t"}};
    write("alive.json", content);
    content["start"] = 1; // another process had our pid
    write("reused.json", content);
    content["pid"] = 2'147'483'646;
    write("gone.json", content);
    common::os::write_file_durably(folder / "broken.json", "{");

    const auto managers = cli::running_managers(rig.data);

    BOOST_REQUIRE(managers.size() == 1U);
    BOOST_TEST(managers[0].run == id);
    BOOST_TEST(managers[0].token.reveal() == "t");
    BOOST_TEST(fs::exists(folder / "alive.json"));
    BOOST_TEST(!fs::exists(folder / "reused.json"));
    BOOST_TEST(!fs::exists(folder / "gone.json"));
    BOOST_TEST(!fs::exists(folder / "broken.json"));
}

BOOST_AUTO_TEST_CASE(cancel_reaches_the_manager)
{
    CliRig rig;
    Kept kept(rig);
    store::SqliteStore& store = kept.running(run_of(2));
    const Manager manager(rig.data, id, store);
    BOOST_TEST(rig.call_here({"cancel", "41ab"}) == 0);
    BOOST_TEST(manager.cancels == 1);
    BOOST_TEST(rig.out.str() ==
               "run 41ab0000 is being cancelled; watch it with: soapstone status 41ab0000\n");
}

BOOST_AUTO_TEST_CASE(cancel_says_why_it_cannot)
{
    CliRig rig;
    BOOST_TEST(rig.call_here({"cancel"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: cancel: no run is named\n  'soapstone status' lists them\n");
    Kept kept(rig);
    kept.interrupted(run_of(2));
    BOOST_TEST(rig.call_here({"cancel", "latest"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: no manager works on run 41ab0000\n  'soapstone resume 41ab0000' "
                                "goes on with it\n");
    rollout::Run over = run_of(2);
    over.id[0] = '7';
    kept.finished(over);
    BOOST_TEST(rig.call_here({"cancel", "7"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: run 71ab0000 is over already\n");
    BOOST_TEST(rig.call_here({"cancel", "9"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: there is no run 9\n  soapstone status lists the runs\n");
}

BOOST_AUTO_TEST_CASE(resume_takes_only_what_is_unfinished_and_free)
{
    CliRig rig;
    Kept kept(rig);
    kept.finished(run_of(2));
    BOOST_TEST(rig.call_here({"resume", "41ab"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: run 41ab0000 is finished, there is nothing to go on with\n  "
                                "'soapstone status 41ab0000' tells what came of it\n");
    rollout::Run busy = run_of(2);
    busy.id[0] = '6';
    kept.running(busy);
    BOOST_TEST(rig.call_here({"resume"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: resume: another manager works on the only run that is not "
                                "finished\n  'soapstone status' lists the runs\n");
    BOOST_TEST(rig.call_here({"resume", "6"}) == 255);
}

BOOST_AUTO_TEST_SUITE_END()
