#include "manager/cli/application.hpp"
#include "manager/cli/progress.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>
#include <stdlib.h>

using namespace manager;
using cli::ExitCode;

namespace {

/// A run of the program with its streams as strings.
struct Rig {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    cli::Workplace workplace{in,    out,   err,
                             false, false, [](const std::string&) { return common::Secret("x"); }};

    int call(const std::vector<std::string>& words)
    {
        return static_cast<int>(cli::run_application(words, workplace));
    }
};

std::string complaint(const std::vector<std::string>& words)
{
    Rig rig;
    BOOST_TEST(rig.call(words) == 254);
    BOOST_TEST(rig.out.str() == "");
    return rig.err.str();
}

struct DataFolder {
    DataFolder() { BOOST_REQUIRE(::mkdtemp(path.data()) != nullptr); }
    ~DataFolder() { std::filesystem::remove_all(path); }
    std::string path = "/tmp/soapstone-cli-XXXXXX";
};

rollout::Run run_with(std::size_t count)
{
    rollout::Run run;
    run.id = std::string(32, 'a');
    run.targets.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        run.request.targets.emplace_back();
        run.request.targets.back().name = "node" + std::to_string(i + 1);
    }
    return run;
}

/// One target installs, then all are done.
void play(cli::Progress& progress, rollout::Run run)
{
    progress.started(run);
    run.targets[0].phase = rollout::Phase::installing;
    run.targets[0].text = "tree 2.1";
    progress.changed(run, 0);
    progress.output(run, 0, "Unpacking\n\033[2Jevil\n");
    progress.notice(run, 0, "port taken");
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        run.targets[i].phase = rollout::Phase::done;
        run.targets[i].outcome = rollout::Outcome::updated;
        run.targets[i].text = "";
        progress.changed(run, i);
    }
    progress.finished(run);
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_unknown_gets_one_clear_error)
{
    BOOST_TEST(complaint({"deplyo"}) == "soapstone: unknown command 'deplyo'\n  did you mean 'deploy'?\n");
    BOOST_TEST(complaint({"xyzzy"}) ==
               "soapstone: unknown command 'xyzzy'\n  'soapstone help' lists all commands\n");
    BOOST_TEST(complaint({}) == "soapstone: what is to be done?\n  'soapstone help' lists all commands\n");
    BOOST_TEST(complaint({"deploy", "--paralel", "3"}) ==
               "soapstone: deploy: unknown option '--paralel'\n  did you mean '--parallel'?\n");
    BOOST_TEST(complaint({"deploy", "--para", "3"}).find("unknown option '--para'") != std::string::npos);
    BOOST_TEST(complaint({"version", "more"}).find("too many operands") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_values_are_refused_before_anything_is_done)
{
    BOOST_TEST(complaint({"deploy", "--agent-port", "-1"}) ==
               "soapstone: --agent-port: '-1' is no number from 1 to 65535\n");
    BOOST_TEST(complaint({"deploy", "x.deb"}) ==
               "soapstone: no targets\n  name some with -t SPEC or -f FILE.yaml\n");
    BOOST_TEST(complaint({"deploy", "-t", "a"}).find("deploy: nothing to install") != std::string::npos);
    BOOST_TEST(complaint({"deploy", "-t", "a[1-"}).find("'[' without ']'") != std::string::npos);
    const DataFolder data;
    BOOST_TEST(complaint({"cleanup", "-t", "a", "--data", data.path, "--ask-password", "--password-file",
                          "/x"}) == "soapstone: --ask-password and --password-file exclude each other\n");
    BOOST_TEST(complaint({"resume", "--data", data.path}).find("soapstone: ") == 0);
    BOOST_TEST(complaint({"logs", "--data", data.path}).find("logs: name a run and a target") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_and_version_print_to_standard_output)
{
    Rig rig;
    BOOST_TEST(rig.call({"--version"}) == 0);
    BOOST_TEST(rig.out.str().rfind("soapstone ", 0) == 0);
    BOOST_TEST(rig.call({"help"}) == 0);
    BOOST_TEST(rig.call({"deploy", "--help"}) == 0);
    BOOST_TEST(rig.out.str().find("--ask-sudo-password") != std::string::npos);
    BOOST_TEST(rig.err.str() == "");
}

BOOST_AUTO_TEST_CASE(status_of_nothing)
{
    const DataFolder data;
    Rig rig;
    BOOST_TEST(rig.call({"status", "--data", data.path}) == 0);
    BOOST_TEST(rig.out.str() == "no runs yet\n");
}

BOOST_AUTO_TEST_CASE(plain_progress_is_a_line_for_each_change)
{
    std::ostringstream out;
    play(*cli::make_plain_progress(out, true), run_with(1));
    BOOST_TEST(out.str() == "run " + std::string(32, 'a') +
                                ": 1 target\nnode1: installing: tree 2.1\nnode1: | Unpacking\n"
                                "node1: | ?[2Jevil\nnode1: port taken\nnode1: updated\n");
}

BOOST_AUTO_TEST_CASE(json_progress_is_an_object_a_line)
{
    std::ostringstream out;
    play(*cli::make_json_progress(out), run_with(2));
    std::istringstream lines(out.str());
    std::vector<std::string> events;
    nlohmann::json last;
    for (std::string line; std::getline(lines, line);) {
        last = nlohmann::json::parse(line);
        BOOST_TEST(last["format"] == "soapstone-events/1");
        events.push_back(last["event"]);
    }
    const std::vector<std::string> expected{"started", "changed", "output",  "notice",
                                            "changed", "changed", "finished"};
    BOOST_TEST(events == expected, boost::test_tools::per_element());
    BOOST_TEST(last["counts"]["updated"] == 2);
}

BOOST_AUTO_TEST_CASE(the_terminal_shows_a_table_and_folds_many_targets)
{
    std::ostringstream few;
    play(*cli::make_terminal_progress(few, true, false), run_with(2));
    BOOST_TEST(few.str().find("node1  updated\nnode2  updated\n") != std::string::npos);
    BOOST_TEST(few.str().find("\033[2Jevil") == std::string::npos);
    std::ostringstream many;
    play(*cli::make_terminal_progress(many, false, true), run_with(40));
    BOOST_TEST(many.str().find("40      \033[32mupdated\033[0m") != std::string::npos);
    BOOST_TEST(many.str().find("node[1-40]\n") != std::string::npos);
}
