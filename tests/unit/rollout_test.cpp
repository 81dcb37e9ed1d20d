#include "manager/rollout/run_log.hpp"
#include "tests/unit/rollout_scene.hpp"

#include <boost/test/unit_test.hpp>

using namespace fleet;

namespace {

/// A store that is asked to finish a run, and looks at the run's report before it does.
class LookingStore final : public rollout::Store {
public:
    LookingStore(const std::filesystem::path& data, std::filesystem::path report)
        : store_(data), report_(std::move(report))
    {
    }

    void finish(const rollout::Run& run) override
    {
        seen = common::os::read_file(report_);
        store_.finish(run);
    }
    void add(const rollout::Run& run) override { store_.add(run); }
    rollout::Run take_over(const std::string& id) override { return store_.take_over(id); }
    void save(const rollout::Run& run, const std::vector<std::size_t>& changed,
              const std::vector<rollout::RunEvent>& events) override
    {
        store_.save(run, changed, events);
    }
    std::optional<rollout::Run> find(const std::string& id) const override { return store_.find(id); }
    std::optional<bool> is_over(const std::string& id) const override { return store_.is_over(id); }
    rollout::Listing list(std::size_t most, const std::string& older_than) const override
    {
        return store_.list(most, older_than);
    }
    std::vector<rollout::JournalEntry> journal(std::uint64_t since, std::size_t most) const override
    {
        return store_.journal(since, most);
    }
    std::uint64_t newest_position() const override { return store_.newest_position(); }
    std::uint64_t revision() const override { return store_.revision(); }
    rollout::Run resolve(const std::string& prefix) const override { return store_.resolve(prefix); }
    std::vector<rollout::RunEvent> events(const std::string& id, std::uint64_t since,
                                          std::size_t most) const override
    {
        return store_.events(id, since, most);
    }

    std::string seen; ///< the report when the run was to be finished

private:
    store::SqliteStore store_;
    const std::filesystem::path report_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(rollout_engine)

BOOST_AUTO_TEST_CASE(a_package_is_installed_verified_and_nothing_of_ours_stays)
{
    Fleet servers{"db-7"};
    servers["db-7"].has("tree", "2.0.2-1");
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};

    const rollout::Run run = scene.deploy();

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(run.targets[0].text == "tree 2.0.2-1 -> 2.1.0-1");
    BOOST_TEST(servers["db-7"].version_of("tree") == "2.1.0-1");
    BOOST_TEST(servers.left_behind() == "");
    BOOST_TEST(scene.witness.printed == "Setting up tree\n");
    BOOST_TEST(static_cast<int>(rollout::exit_code_of(run)) == 0);
}

// A manager may be killed between the two, and nobody resumes a finished run.
BOOST_AUTO_TEST_CASE(the_report_has_the_end_before_the_run_counts_as_finished)
{
    Fleet servers{"db-7"};
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};
    const std::filesystem::path folder = scene.scratch.path() / "run";
    LookingStore store(scene.data(), folder / "report.json");
    rollout::Rollout engine(scene.begin(store), store, servers.drivers(), {}, folder, scene.pace);

    engine.run();

    BOOST_TEST(store.seen.find("\"finished\": true") != std::string::npos, store.seen);
    BOOST_TEST(store.seen.find("\"outcome\": \"updated\"") != std::string::npos, store.seen);
}

BOOST_AUTO_TEST_CASE(a_full_disk_on_one_target_does_not_hold_up_the_others)
{
    Fleet servers{"db-7", "web-1", "web-2"};
    servers["web-1"].disk_is_full();
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};
    scene.request.parallel = 2;

    const rollout::Run run = scene.deploy();

    BOOST_TEST(outcome(run, 0) == "updated");
    BOOST_TEST(outcome(run, 1) == "failed");
    BOOST_TEST(outcome(run, 2) == "updated");
    BOOST_TEST(run.targets[1].text == "copying the agent: disk full");
    BOOST_TEST((run.targets[1].failed_in == Phase::copying));
    BOOST_TEST(servers.left_behind() == "");
}

BOOST_AUTO_TEST_CASE(what_an_agent_gave_up_before_it_began_is_ordered_again)
{
    Fleet servers{"db-7"};
    servers["db-7"].gives_up(2);
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};

    const rollout::Run run = scene.deploy();

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(servers["db-7"].number_of("submit") == 3);
    BOOST_TEST(servers["db-7"].runs() == 1);
}

BOOST_AUTO_TEST_CASE(what_is_given_up_again_and_again_has_failed)
{
    Fleet servers{"db-7"};
    servers["db-7"].gives_up(1'000);
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};

    const rollout::Run run = scene.deploy();

    BOOST_TEST(outcome(run) == "failed");
    BOOST_TEST(run.targets[0].text == "installing tree 2.1.0-1: the manager was not heard of");
    BOOST_TEST(servers["db-7"].number_of("submit") == 3);
    BOOST_TEST(servers["db-7"].runs() == 0);
}

// Nobody but the target knew of that end, as the manager was killed before.
BOOST_AUTO_TEST_CASE(what_was_given_up_while_no_manager_looked_is_ordered_again_by_a_resume)
{
    Fleet servers{"db-7"};
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};

    const rollout::Run run = scene.resume_after(JobState::cancelled, "the manager was not heard of");

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(servers["db-7"].runs() == 1);
}

BOOST_AUTO_TEST_CASE(a_resume_tells_why_a_job_failed_while_no_manager_looked)
{
    Fleet servers{"db-7"};
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1"), package("late", "1")};

    const rollout::Run run = scene.resume_after(JobState::failed, "no room");

    BOOST_TEST(outcome(run) == "failed");
    BOOST_TEST(run.targets[0].text == "installing tree 2.1.0-1: no room");
    BOOST_TEST(servers["db-7"].number_of("submit") == 0); // nothing goes on after a failure
}

BOOST_AUTO_TEST_CASE(an_answer_that_tells_of_the_end_does_not_cut_off_what_was_printed)
{
    Fleet servers{"db-7"};
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};
    servers["db-7"].ends_before_it_answers();

    const rollout::Run run = scene.deploy();

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(run.targets[0].last_seq == servers["db-7"].journal().size());
    store::SqliteStore store(scene.data());
    std::string printed;
    for (const rollout::RunEvent& event : store.events(run.id, 0, 1'000))
        printed += event.output;
    BOOST_TEST(printed == "Setting up tree\n");
}

BOOST_AUTO_TEST_CASE(a_line_for_the_log_stands_there_with_its_phase_and_nowhere_else)
{
    Fleet servers{"db-7"};
    Scene scene(servers);

    const rollout::Run run = scene.deploy([](rollout::Rollout& rollout) {
        rollout.log(0, "10.0.0.7 fetches an image");
        rollout.log(1, "of a target that there is not");
    });

    store::SqliteStore store(scene.data());
    const std::string log = rollout::RunLog(store, run.id, 1).text(0);
    BOOST_TEST(log.find(": 10.0.0.7 fetches an image\n") != std::string::npos, log);
    BOOST_TEST(run.targets[0].notices.empty());
    BOOST_TEST(scene.witness.notices.empty());
    BOOST_TEST(outcome(run) != "none");
}

// An agent that begins nothing hears of us by this alone, and leaves when its lease ends.
BOOST_AUTO_TEST_CASE(a_target_is_asked_more_often_than_its_lease_demands)
{
    Fleet servers{"db-7"};
    Scene scene(servers);
    scene.request.components = {package("tree", "2.1.0-1")};
    scene.request.lease = std::chrono::seconds(1);
    scene.pace.first_poll = scene.pace.poll = std::chrono::minutes(5);

    const rollout::Run run = scene.deploy();

    BOOST_TEST(outcome(run) == "updated");
    BOOST_TEST(run.ended - run.started < 60'000);
}

BOOST_AUTO_TEST_SUITE_END()
