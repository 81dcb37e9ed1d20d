#include "common/tls/line_chain.hpp"
#include "tests/unit/cli_runs_rig.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <thread>

using namespace tests;

namespace {

const std::string events_of_node1 = "2031-03-01T09:24:17.000Z scouting\n"
                                    "2031-03-01T09:24:18.000Z | Unpacking\n"
                                    "2031-03-01T09:24:18.000Z | ?[2Jevil\n"
                                    "2031-03-01T09:24:17.000Z installing\n";

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

} // namespace

BOOST_AUTO_TEST_SUITE(cli_logs)

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
