#include "common/text.hpp"
#include "manager/cli/inventory_text.hpp"
#include "manager/cli/summary.hpp"
#include "manager/cli/words.hpp"
#include "manager/link/inventory_json.hpp"
#include "tests/unit/cli_rig.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace manager;
using rollout::Outcome;
using rollout::Phase;
using tests::run_of;

namespace {

std::string text_of(const std::vector<std::string>& lines)
{
    return common::join(lines, "\n") + "\n";
}

/// A run of 4 targets, of which node2 and node3 failed for one cause.
rollout::Run ended_run()
{
    rollout::Run run = run_of(4);
    run.ended = run.started + 83'000;
    tests::end(run.targets[0], Outcome::updated);
    for (const std::size_t i : {1U, 2U}) {
        tests::end(run.targets[i], Outcome::failed, "copying the agent: disk full");
        run.targets[i].hint = "make room in /var/tmp";
        run.targets[i].failed_in = Phase::copying;
    }
    tests::end(run.targets[3], Outcome::failed,
               "installing tree 2.1: dependencies are missing (exit code 1)");
    run.targets[3].failed_in = Phase::installing;
    for (rollout::TargetState& state : run.targets)
        state.touched = state.looked = true;
    return run;
}

wire::Inventory inventory()
{
    wire::Inventory all;
    all.takenAt = std::chrono::system_clock::from_time_t(1'930'123'456);
    all.operatingSystem.emplace();
    all.operatingSystem->name = "Debian GNU/Linux 12 (bookworm)";
    all.operatingSystem->kernel = "6.1.0-18-amd64";
    all.processor.emplace();
    all.processor->model = "Xeon\033[2J";
    all.processor->threads = 8;
    all.memory.emplace();
    all.memory->totalBytes = 8'000'000'000;
    all.hardware.emplace();
    all.hardware->vendor = "HPE";
    all.hardware->product = "ProLiant DL380 Gen10";
    for (const LONG64 size : {1'000'000'000LL, 3'000'000'000LL}) {
        all.disks.emplace_back();
        all.disks.back().name = "sda";
        all.disks.back().sizeBytes = size;
    }
    for (const char* name : {"bash", "dash"}) {
        all.packages.emplace_back();
        all.packages.back().name = name;
        all.packages.back().format = "deb";
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cli_summary)

BOOST_AUTO_TEST_CASE(each_failure_has_its_cause_and_its_way_out)
{
    BOOST_TEST(text_of(cli::summary(ended_run(), "/data", "")) ==
               "4 targets: 1 updated, 3 failed (1 min 23 s)\n"
               "node[2-3]: failed while copying: copying the agent: disk full\n"
               "  what to do: make room in /var/tmp\n"
               "node4: failed while installing: installing tree 2.1: dependencies are missing (exit code 1)\n"
               "  what to do: read the log: soapstone logs 41ab0000 node4\n"
               "left: logs only, on 4 targets\n"
               "report: /data/runs/41ab0000cccccccccccccccccccccccc/report.json\n"
               "logs: soapstone logs 41ab0000 TARGET\n");
}

BOOST_AUTO_TEST_CASE(what_is_left_is_named_with_the_command_that_removes_it)
{
    rollout::Run run = run_of(3);
    run.ended = run.started + 1'000;
    for (rollout::TargetState& state : run.targets) {
        tests::end(state, Outcome::updated);
        state.touched = true;
    }
    for (const std::size_t i : {0U, 1U}) {
        run.targets[i].looked = true;
        run.targets[i].left = {"folder /var/tmp/x"};
    }
    BOOST_TEST(text_of(cli::failures(run, "")) ==
               "left on node[1-2]: folder /var/tmp/x\n"
               "  what to do: soapstone cleanup -t 'node[1-2]'\n"
               "left on node3: not known, nobody could look; an agent there removes itself within 5 min 00 s "
               "after its work\n");
}

BOOST_AUTO_TEST_CASE(logs_that_were_changed_are_told_though_all_went_well)
{
    rollout::Run run = run_of(4);
    for (rollout::TargetState& state : run.targets) {
        tests::end(state, Outcome::updated);
        state.log.emplace();
    }
    run.targets[3].log.reset();
    for (const std::size_t i : {0U, 1U})
        run.targets[i].log->problem = "was changed after line 17";
    BOOST_TEST(text_of(cli::failures(run, " --data /data")) ==
               "the log of node[1-2] was changed after line 17\n"
               "  what to do: see who is root there; soapstone verify-log 41ab0000 --data /data\n");
}

BOOST_AUTO_TEST_CASE(what_did_not_end_well_names_the_other_half_of_the_machine)
{
    rollout::Run run = run_of(4);
    for (const std::size_t i : {0U, 1U, 2U}) {
        tests::end(run.targets[i], Outcome::failed, i == 0 ? "no room" : "the image is refused");
        run.targets[i].hint = "do something";
    }
    tests::end(run.targets[3], Outcome::updated);
    run.request.targets[0].its_bmc = "ilo1";
    for (const std::size_t i : {1U, 2U}) {
        run.request.targets[i].connection = target::Connection::bmc;
        run.request.targets[i].bmc.host = "web" + std::to_string(i);
    }
    const std::string text = text_of(cli::failures(run, ""));
    BOOST_TEST(text.find("node1 (its BMC: ilo1): failed: no room\n") != std::string::npos, text);
    BOOST_TEST(text.find("node[2-3] (BMCs of web[1-2]): failed: the image is refused\n") != std::string::npos,
               text);
}

BOOST_AUTO_TEST_CASE(firmware_that_is_newer_is_told_by_its_own_rules)
{
    rollout::Run run = run_of(2);
    baseline::Component component;
    component.kind = common::ComponentKind::firmware;
    component.name = "iLO 5";
    component.version = "2.9";
    run.request.components = {component};
    for (rollout::TargetState& state : run.targets) {
        tests::end(state, Outcome::nothing_needed);
        state.components.resize(1);
        state.components[0].action = "a newer version is installed";
    }
    run.request.targets[0].connection = run.request.targets[1].connection = target::Connection::bmc;
    run.targets[0].components[0].version_before = "2.10 Feb 11 2020";
    run.targets[1].components[0].version_before = "2.8";
    BOOST_TEST(text_of(cli::failures(run, "")) == "node1: iLO 5 2.9: a newer version is installed\n");
}

BOOST_AUTO_TEST_CASE(logs_that_a_component_removed_are_not_said_to_be_left)
{
    rollout::Run run = run_of(3);
    for (rollout::TargetState& state : run.targets) {
        tests::end(state, Outcome::updated);
        state.touched = state.looked = true;
    }
    run.targets[0].logs = run.targets[2].logs = false;
    run.targets[2].left = {"folder /x"};
    BOOST_TEST(text_of(cli::failures(run, "")) == "left: logs only, on 1 target\n"
                                                  "left on node3: folder /x\n"
                                                  "  what to do: soapstone cleanup -t 'node3'\n"
                                                  "left on node1: nothing, not even logs\n");
}

BOOST_AUTO_TEST_CASE(a_run_that_is_not_over_says_how_to_go_on)
{
    rollout::Run run = run_of(1);
    run.targets[0].phase = Phase::installing;
    run.targets[0].touched = true;
    BOOST_TEST(text_of(cli::summary(run, "/data", " --data /data")) ==
               "1 target: 1 interrupted\n"
               "node1: interrupted\n"
               "  what to do: go on with the run, as told below\n"
               "left on node1: not known, nobody could look; an agent there removes itself within 5 min 00 s "
               "after its work\n"
               "report: /data/runs/41ab0000cccccccccccccccccccccccc/report.json\n"
               "logs: soapstone logs 41ab0000 node1 --data /data\n"
               "to go on: soapstone resume 41ab0000 --data /data\n");
}

BOOST_AUTO_TEST_CASE(an_inventory_is_a_line_in_a_table)
{
    rollout::Run run = run_of(2);
    const cli::Inventories found{nlohmann::ordered_json::parse(link::inventory_json(inventory())), nullptr};
    BOOST_TEST(text_of(cli::inventory_table(run, found)) ==
               "TARGET  SYSTEM                          KERNEL          CPU           MEMORY  DISKS      "
               "MODEL                     PACKAGES\n"
               "node1   Debian GNU/Linux 12 (bookworm)  6.1.0-18-amd64  8 x Xeon?[2J  8.0 GB  2: 4.0 GB  "
               "HPE ProLiant DL380 Gen10  2 deb\n");
    BOOST_TEST(cli::inventory_table(run, {nullptr, nullptr}).empty());
}

BOOST_AUTO_TEST_CASE(what_an_agent_could_not_read_is_a_dash)
{
    const cli::Inventories found{nlohmann::ordered_json::parse(link::inventory_json({}))};
    BOOST_TEST(cli::inventory_table(run_of(1), found).back() ==
               "node1   -       -       -    -       -      -      -");
}

BOOST_AUTO_TEST_CASE(the_inventory_document_has_everything)
{
    rollout::Run run = run_of(2);
    tests::end(run.targets[1], Outcome::unreached, "no answer");
    const cli::Inventories found{nlohmann::ordered_json::parse(link::inventory_json(inventory())), nullptr};
    const auto document = nlohmann::json::parse(cli::inventory_document(run, found));
    BOOST_TEST(document["format"] == "soapstone-inventory/1");
    BOOST_TEST(document["targets"][0]["inventory"]["packages"][1]["name"] == "dash");
    BOOST_TEST(document["targets"][0]["inventory"]["hardware"]["vendor"] == "HPE");
    BOOST_TEST(document["targets"][0]["inventory"]["taken_at"] == "2031-03-01T09:24:16.000Z");
    BOOST_TEST(document["targets"][1]["error"]["outcome"] == "unreached");
}

BOOST_AUTO_TEST_CASE(words)
{
    BOOST_TEST(cli::clock_text(0) == "0:00");
    BOOST_TEST(cli::clock_text(125) == "2:05");
    BOOST_TEST(cli::clock_text(3'725) == "1:02:05");
    BOOST_TEST(cli::cut_to("gr\xc3\xbc\xc3\x9f", 3) == "gr\xc3\xbc");
    BOOST_TEST(cli::width_of("\033[32mgr\xc3\xbc\xc3\x9f\033[0m") == 4U);
    BOOST_TEST(text_of(cli::aligned({{"a", "bb"}, {"ccc", ""}})) == "a    bb\nccc\n");
}

BOOST_AUTO_TEST_SUITE_END()
