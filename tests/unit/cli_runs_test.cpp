#include "common/os/process.hpp"
#include "common/tls/line_chain.hpp"
#include "manager/cli/runtime_file.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/store/sqlite_store.hpp"
#include "tests/unit/cli_rig.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <filesystem>
#include <numeric>
#include <optional>
#include <thread>
#include <unistd.h>

using namespace manager;
using rollout::Outcome;
using rollout::Phase;
using tests::CliRig;
using tests::run_of;

namespace {

namespace fs = std::filesystem;

rollout::RunEvent event_of(std::size_t target, Phase phase, const std::string& text = {})
{
    rollout::RunEvent event;
    event.time = 1'930'123'457'000;
    event.target = target;
    event.phase = phase;
    event.text = text;
    return event;
}

rollout::RunEvent output_of(std::size_t target, const std::string& lines)
{
    rollout::RunEvent event;
    event.time = 1'930'123'458'000;
    event.target = target;
    event.output = lines;
    return event;
}

/// Keeps runs in the data folder of a rig.
struct Kept {
    explicit Kept(const CliRig& rig) : folder(rig.data) {}

    /// A run whose manager is at work as long as the store lives.
    store::SqliteStore& running(rollout::Run run)
    {
        open.emplace(folder);
        open->add(run);
        run.targets[0].phase = Phase::installing;
        run.targets[0].text = "installing tree 2.1";
        open->save(run, {0},
                   {event_of(0, Phase::scouting), event_of(1, Phase::scouting, "not ours"),
                    output_of(0, "Unpacking\n\033[2Jevil\n"), event_of(0, Phase::installing)});
        return *open;
    }

    void interrupted(rollout::Run run)
    {
        running(std::move(run));
        open.reset();
    }

    void finished(rollout::Run run)
    {
        store::SqliteStore& store = running(run);
        tests::end(run.targets[0], Outcome::updated);
        tests::end(run.targets[1], Outcome::unreached, "connecting to node2: connection refused");
        run.targets[1].failed_in = Phase::scouting;
        run.ended = run.started + 83'000;
        store.save(run, {0, 1}, {});
        store.finish(run);
        open.reset();
    }

    fs::path folder;
    std::optional<store::SqliteStore> open;
};

/// A manager of this very process: its local control and its runtime file.
struct Manager final : serve::ManagerDesk {
    Manager(const fs::path& data, const std::string& run_id, rollout::Store& store)
        : run(run_id), control{common::Secret("the token"), 1'930'123'456'000, store, *this},
          server(loop, common::tls::Context::server_without_client_certificates(identity),
                 serve::manager_service(control))
    {
        port = server.listen("127.0.0.1", 20'000, 40'000).port;
        file.emplace(data, run, port, identity.fingerprint(), "the token");
    }

    std::vector<serve::PortInUse> ports() const override
    {
        return {{"local", "127.0.0.1", port, 61'000}, {"depot", "", 60'000, 60'000}};
    }
    std::vector<std::string> runs() const override { return {run}; }
    void cancel(const std::string& id) override
    {
        if (id != run)
            throw common::Error(common::Trouble::not_found, "this manager does not work on that run");
        ++cancels;
    }

    std::string deploy(serve::DeployWish) override { return run; }
    fs::path folder_of(const std::string& id) const override { return "/nowhere/" + id; }

    std::string run;
    std::atomic<int> cancels = 0;
    common::tls::Identity identity = common::tls::Identity::make("manager");
    common::net::Loop loop{1, 2};
    serve::LocalControl control;
    common::net::Server server;
    std::uint16_t port = 0;
    std::optional<cli::RuntimeFile> file;
};

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

const std::string id = run_of(1).id;

} // namespace

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

const std::string events_of_node1 = "2031-03-01T09:24:17.000Z scouting\n"
                                    "2031-03-01T09:24:18.000Z | Unpacking\n"
                                    "2031-03-01T09:24:18.000Z | ?[2Jevil\n"
                                    "2031-03-01T09:24:17.000Z installing\n";

BOOST_AUTO_TEST_CASE(logs_that_are_not_fetched_yet_are_told_from_the_journal)
{
    CliRig rig;
    Kept(rig).interrupted(run_of(2));
    BOOST_TEST(rig.call_here({"logs", "node1"}) == 0);
    BOOST_TEST(rig.out.str() == events_of_node1);
    const std::string long_line(5'000, 'x');
    store::SqliteStore(rig.data).save(run_of(2), {}, {output_of(1, long_line)});
    BOOST_TEST(rig.call_here({"logs", "node2"}) == 0);
    BOOST_TEST(has(rig.out.str(), " | " + long_line + "\n"));
    BOOST_TEST(rig.call_here({"logs", "41ab", "node1", "-f"}) == 0); // nobody works on it: it ends
    BOOST_TEST(rig.out.str() == events_of_node1);
}

BOOST_AUTO_TEST_CASE(logs_follow_through_the_manager_at_work)
{
    CliRig rig;
    Kept kept(rig);
    store::SqliteStore& store = kept.running(run_of(2));
    rollout::Run run = store.find(id).value();
    Manager manager(rig.data, id, store);
    std::jthread end([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        store.save(run, {}, {output_of(0, "done\n")});
        tests::end(run.targets[0], Outcome::updated);
        tests::end(run.targets[1], Outcome::updated);
        run.ended = run.started + 1;
        store.save(run, {0, 1}, {});
        store.finish(run);
    });
    BOOST_TEST(rig.call_here({"logs", "-f", "node1"}) == 0);
    std::string expected = events_of_node1;
    expected.replace(expected.find("?["), 1, "\xEF\xBF\xBD"); // XML has no escape character
    BOOST_TEST(rig.out.str() == expected + "2031-03-01T09:24:18.000Z | done\n");
}

BOOST_AUTO_TEST_CASE(fetched_logs_are_printed_and_harmless)
{
    CliRig rig;
    Kept(rig).finished(run_of(2));
    const fs::path folder = fs::path(rig.data) / "runs" / id / "node1";
    common::os::make_private_folder(folder);
    common::os::write_file_durably(folder / "inventory.json", "{}");
    common::os::write_file_durably(folder / "agent.log", "one\n\033[2Jtwo\n");
    BOOST_TEST(rig.call_here({"logs", "latest", "node1"}) == 0);
    BOOST_TEST(rig.out.str() == "one\n?[2Jtwo\n");
    const std::string long_line(200'000, 'x'); // is not cut: nobody would see that it was
    common::os::write_file_durably(folder / "agent.log", long_line);
    BOOST_TEST(rig.call_here({"logs", "node1"}) == 0);
    BOOST_TEST(rig.out.str() == long_line + "\n");
    common::os::write_file_durably(folder / "agent.log", "one\n\033[2Jtwo\n");
    common::os::write_file_durably(folder / "job.log", "three");
    BOOST_TEST(rig.call_here({"logs", "node1"}) == 0);
    BOOST_TEST(rig.out.str() == "==> agent.log <==\none\n?[2Jtwo\n==> job.log <==\nthree\n");
}

/// What an agent would have written.
std::string chained_log(const std::vector<std::string>& lines)
{
    common::tls::LineChain chain;
    std::string text;
    for (const std::string& line : lines) {
        const std::string bytes = chain.next(line);
        chain.take(bytes);
        text += bytes;
    }
    return text;
}

BOOST_AUTO_TEST_CASE(kept_logs_are_checked_against_what_the_agent_told)
{
    CliRig rig;
    const std::string text =
        chained_log({common::tls::LineChain::header(id, "0"), "about to install", "installed"});
    const std::string head = text.substr(text.size() - 33, 32);
    rollout::Run run = run_of(2);
    run.targets[0].log = rollout::LogProof{3, head, ""};
    Kept(rig).finished(run);
    const fs::path file = fs::path(rig.data) / "runs" / id / "node1" / "agent.log";
    common::os::make_private_folder(file.parent_path());
    common::os::write_file_durably(file, text);
    BOOST_TEST(rig.call_here({"verify-log", "latest"}) == 0);
    BOOST_TEST(rig.out.str() == "node1: ok, 3 lines, head " + head + ", as its agent told\n");
    BOOST_TEST(rig.call_here({"verify-log", "41ab", "node2"}) == 7);
    BOOST_TEST(rig.out.str() == "node2: the log is gone\n");

    common::os::write_file_durably(file, text.substr(0, text.find("installed")));
    BOOST_TEST(rig.call_here({"verify-log", file.string()}) == 0); // nothing to know it by
    BOOST_TEST(rig.call_here({"verify-log", "41ab", "node1"}) == 7);
    BOOST_TEST(rig.out.str() == "node1: the log ends after line 2 of 3\n");

    common::os::write_file_durably(file, std::string(text).replace(text.find("to install"), 2, "no"));
    BOOST_TEST(rig.call_here({"verify-log", file.string()}) == 7);
    BOOST_TEST(rig.out.str() == file.string() + ": the log was changed after line 1\n");
    BOOST_TEST(rig.call_here({"verify-log", "41ab", "node1", "--json"}) == 7);
    const auto document = nlohmann::json::parse(rig.out.str());
    BOOST_TEST(document["logs"][0]["ok"] == false);
    BOOST_TEST(document["logs"][0]["problem"] == "was changed after line 1");
}

BOOST_AUTO_TEST_CASE(a_log_that_was_changed_before_it_was_fetched_stays_so)
{
    CliRig rig;
    rollout::Run run = run_of(2);
    run.targets[0].log = rollout::LogProof{0, "", "was changed after line 17"};
    Kept(rig).finished(run);
    const fs::path file = fs::path(rig.data) / "runs" / id / "node1" / "agent.log";
    common::os::make_private_folder(file.parent_path());
    common::os::write_file_durably(file, "");
    BOOST_TEST(rig.call_here({"verify-log", "41ab"}) == 7);
    BOOST_TEST(rig.out.str() == "node1: the log was changed after line 17\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_log_at_all_is_no_verdict_about_one)
{
    CliRig rig;
    Kept(rig).finished(run_of(2));
    BOOST_TEST(rig.call_here({"verify-log"}) == 254);
    BOOST_TEST(rig.call_here({"verify-log", "41ab"}) == 254);
    BOOST_TEST(has(rig.err.str(), "run 41ab0000 has kept no log of an agent"));
    BOOST_TEST(rig.call_here({"verify-log", "41ab", "node3"}) == 254);
    BOOST_TEST(has(rig.err.str(), "run 41ab0000 has no target 'node3'"));
    BOOST_TEST(rig.call_here({"verify-log", "none.log", "other.log", "third.log"}) == 254);
    BOOST_TEST(has(rig.err.str(), "none.log is no file"));
}

BOOST_AUTO_TEST_CASE(logs_name_the_nearest_target)
{
    CliRig rig;
    Kept(rig).finished(run_of(2));
    BOOST_TEST(rig.call_here({"logs"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: logs: no target is named\n  as in 'soapstone logs db-7', or "
                                "'soapstone logs 41ab db-7' for another run\n");
    BOOST_TEST(rig.call_here({"logs", "nod1"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: run 41ab0000 has no target 'nod1'\n  did you mean 'node1'?\n");
    BOOST_TEST(rig.call_here({"logs", "41ab", "unheard-of"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: run 41ab0000 has no target 'unheard-of'\n  'soapstone status "
                                "41ab0000' lists its targets\n");
}

BOOST_AUTO_TEST_SUITE_END()
