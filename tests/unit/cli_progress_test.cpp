#include "common/text.hpp"
#include "manager/cli/fleet_view.hpp"
#include "manager/cli/progress.hpp"
#include "manager/cli/words.hpp"
#include "tests/unit/cli_rig.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <thread>

using namespace manager;
using namespace std::chrono_literals;
using cli::FleetView;
using cli::WindowSize;
using rollout::Outcome;
using rollout::Phase;
using tests::run_of;

namespace {

/// One target installs, then all are done.
void play(cli::Progress& progress, rollout::Run run)
{
    progress.started(run);
    run.targets[0].phase = Phase::scouting;
    progress.changed(run, 0);
    run.targets[0].text = "connecting to node1";
    progress.changed(run, 0);
    run.targets[0].phase = Phase::copying;
    run.targets[0].text = "1.2 MB of 2.5 MB";
    progress.changed(run, 0);
    run.targets[0].text = "2.4 MB of 2.5 MB";
    progress.changed(run, 0);
    run.targets[0].phase = Phase::installing;
    run.targets[0].text = "installing tree 2.1";
    progress.changed(run, 0);
    progress.output(run, 0, "Unpacking\r\n\n10%\r20%\n\033[2Jevil\n");
    progress.notice(run, 0, "62286 was taken\007");
    progress.say("stopping");
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        tests::end(run.targets[i], i == 0 ? Outcome::updated : Outcome::failed, i == 0 ? "" : "disk full");
        progress.changed(run, i);
    }
    progress.finished(run);
}

/// The lines without their time, which is checked to be one.
std::string without_times(const std::string& text)
{
    std::string out;
    for (const std::string& line : common::split(text, '\n')) {
        if (line.empty())
            continue;
        BOOST_TEST(line.substr(10, 1) == "T");
        BOOST_TEST(line.substr(23, 2) == "Z ");
        out += line.substr(25) + "\n";
    }
    return out;
}

std::string shown(const FleetView& view, WindowSize window, FleetView::Clock::time_point now)
{
    return common::join(view.lines(window, false, now), "\n");
}

} // namespace

BOOST_AUTO_TEST_SUITE(cli_progress)

BOOST_AUTO_TEST_CASE(plain_progress_is_a_line_for_each_phase_and_never_two)
{
    std::ostringstream out;
    play(*cli::make_plain_progress(out, false), run_of(2));
    const std::string id = run_of(1).id;
    BOOST_TEST(without_times(out.str()) == "run " + id + ": 2 targets\n" +
                                               "node1: scouting\n"
                                               "node1: copying: 1.2 MB of 2.5 MB\n"
                                               "node1: installing tree 2.1\n"
                                               "node1: 62286 was taken?\n"
                                               "stopping\n"
                                               "node1: updated\n"
                                               "node2: failed: disk full\n"
                                               "run " +
                                               id + " is over\n");
}

BOOST_AUTO_TEST_CASE(what_components_print_comes_with_v_and_cannot_move_the_cursor)
{
    std::ostringstream out;
    play(*cli::make_plain_progress(out, true), run_of(1));
    const std::string text = without_times(out.str());
    BOOST_TEST(text.find("node1 | Unpacking\nnode1 | 20%\nnode1 | ?[2Jevil\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(quiet_progress_says_only_what_concerns_the_whole_run)
{
    std::ostringstream out;
    play(*cli::make_quiet_progress(out), run_of(2));
    BOOST_TEST(out.str() == "stopping\n");
}

BOOST_AUTO_TEST_CASE(a_trouble_of_the_run_is_said_in_every_form)
{
    std::ostringstream out;
    const rollout::Run run = run_of(1);
    cli::make_quiet_progress(out)->trouble(run, "the disk is full");
    BOOST_TEST(out.str() == "trouble: the disk is full\n");
    std::ostringstream json;
    cli::make_json_progress(json)->trouble(run, "the disk is full");
    BOOST_TEST(nlohmann::json::parse(json.str())["text"] == "trouble: the disk is full");
}

BOOST_AUTO_TEST_CASE(json_progress_is_an_object_a_line)
{
    std::ostringstream out;
    play(*cli::make_json_progress(out), run_of(2));
    std::vector<std::string> events;
    nlohmann::json last;
    for (const std::string& line : common::split(out.str(), '\n')) {
        if (line.empty())
            continue;
        last = nlohmann::json::parse(line);
        BOOST_TEST(last["format"] == "soapstone-events/1");
        events.push_back(last["event"]);
    }
    const std::vector<std::string> expected{"started", "changed", "changed", "changed",
                                            "changed", "changed", "output",  "notice",
                                            "message", "changed", "changed", "finished"};
    BOOST_TEST(events == expected, boost::test_tools::per_element());
    BOOST_TEST(last["counts"]["updated"] == 1);
    BOOST_TEST(last["counts"]["failed"] == 1);
}

BOOST_AUTO_TEST_CASE(the_table_has_a_line_for_each_target)
{
    const auto begin = FleetView::Clock::now();
    FleetView view;
    rollout::Run run = run_of(3);
    view.start(run, begin);
    run.targets[0].phase = Phase::copying;
    run.targets[0].text = "1.2 MB of 2.5 MB";
    view.change(run, 0, begin + 1s);
    run.targets[1].phase = Phase::scouting;
    view.change(run, 1, begin + 1s);
    tests::end(run.targets[1], Outcome::failed, "disk full");
    view.change(run, 1, begin + 62s);
    view.add_note("node1: 62286 was taken");

    BOOST_TEST(shown(view, {80, 24}, begin + 66s) == "node1  copying          1:05  1.2 MB of 2.5 MB\n"
                                                     "node2  failed           1:01  disk full\n"
                                                     "node3  waiting\n"
                                                     "  node1: 62286 was taken\n"
                                                     "3 targets: 1 done, 1 at work, 1 waiting; 1:06");
}

BOOST_AUTO_TEST_CASE(more_than_20_targets_are_folded_by_phase)
{
    const auto now = FleetView::Clock::now();
    FleetView view;
    rollout::Run run = run_of(40);
    view.start(run, now);
    for (std::size_t i = 0; i < 40; ++i) {
        if (i < 10)
            run.targets[i].phase = Phase::installing;
        else if (i < 12)
            tests::end(run.targets[i], Outcome::failed, "disk full");
        view.change(run, i, now);
    }
    BOOST_TEST(shown(view, {80, 24}, now) == "failed              2  node[11-12]\n"
                                             "installing         10  node[1-10]\n"
                                             "waiting            28  node[13-40]\n"
                                             "40 targets: 2 done, 10 at work, 28 waiting; 0:00");
}

BOOST_AUTO_TEST_CASE(nothing_is_wider_or_higher_than_the_window)
{
    const auto now = FleetView::Clock::now();
    for (const std::size_t targets : {1, 5, 20, 21, 1000})
        for (const std::size_t width : {1, 2, 10, 20, 79, 200})
            for (const std::size_t height : {1, 2, 5, 10, 24, 60})
                for (const bool colour : {false, true}) {
                    FleetView view;
                    rollout::Run run = run_of(targets);
                    view.start(run, now);
                    for (std::size_t i = 0; i < targets; i += 3) {
                        run.targets[i].phase = Phase::installing;
                        run.targets[i].text = "gr\xc3\xbc\xc3\x9f" + std::string(300, 'x');
                        view.change(run, i, now);
                    }
                    for (int i = 0; i < 9; ++i)
                        view.add_note(std::string(300, 'n'));
                    const auto lines = view.lines({width, height}, colour, now);
                    BOOST_TEST(lines.size() <= std::max<std::size_t>(height, 2));
                    for (const std::string& line : lines) {
                        BOOST_TEST(cli::width_of(line) < std::max<std::size_t>(width, 2));
                        BOOST_TEST(common::is_utf8(line));
                    }
                }
}

BOOST_AUTO_TEST_CASE(colours_come_only_when_wanted)
{
    for (const bool colour : {false, true}) {
        std::ostringstream out;
        play(*cli::make_terminal_progress(out, {true, colour, [] { return WindowSize{80, 24}; }}), run_of(2));
        BOOST_TEST((out.str().find("\033[32mupdated\033[0m") != std::string::npos) == colour);
        BOOST_TEST((out.str().find("\033[36m") == std::string::npos) == !colour);
        BOOST_TEST((out.str().find("\033[0m") == std::string::npos) == !colour);
        BOOST_TEST(out.str().find("node1 | ?[2Jevil\n") != std::string::npos);
        BOOST_TEST(out.str().ends_with("0:00\n"));
    }
}

BOOST_AUTO_TEST_CASE(the_table_goes_out_of_the_way_of_a_question)
{
    std::ostringstream out;
    rollout::Run run = run_of(1);
    const cli::ProgressHandle progress = cli::make_terminal_progress(out, {false, false, [] {
                                                                               return WindowSize{80, 24};
                                                                           }});
    progress->started(run);
    progress->hush(true);
    const std::string asked = out.str();
    BOOST_TEST(asked.ends_with("\r\033[1A\033[J"));
    std::this_thread::sleep_for(500ms); // more than a picture's time
    progress->say("later");
    BOOST_TEST(out.str() == asked);
    progress->hush(false);
    BOOST_TEST(out.str().size() > asked.size());
    BOOST_TEST(out.str().find("later") != std::string::npos);
    progress->finished(run);
}

BOOST_AUTO_TEST_SUITE_END()
