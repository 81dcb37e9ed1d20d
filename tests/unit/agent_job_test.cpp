#include "agent/shim.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace agent;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A job's folder whose installer is a shell script.
struct Job {
    explicit Job(const std::string& script, std::chrono::seconds deadline = 60s, std::string failpoint = {})
    {
        std::string name = (fs::temp_directory_path() / "job-test-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        Start start;
        start.arguments = {"/bin/sh", "-c", script};
        start.log = folder / "log";
        start.working_folder = folder;
        start.deadline = deadline;
        start.failpoint = std::move(failpoint);
        common::os::write_file_durably(folder / "start", start.text());
    }
    ~Job() { fs::remove_all(folder); }

    pid_t start() const
    {
        const pid_t pid = ::fork();
        if (pid == 0)
            ::_exit(run_shim(folder, 500ms));
        return pid;
    }

    static int wait(pid_t pid)
    {
        int status = 0;
        ::waitpid(pid, &status, 0);
        return status;
    }

    Exit run() const
    {
        wait(start());
        const auto exit = exit_record(folder);
        BOOST_REQUIRE(exit.has_value());
        return *exit;
    }

    std::string file(const std::string& name) const
    {
        return common::os::read_file_if_there(folder / name, 256 << 20).value_or("");
    }

    bool comes(const std::string& name) const
    {
        for (int i = 0; i < 500 && !fs::exists(folder / name); ++i)
            std::this_thread::sleep_for(10ms);
        return fs::exists(folder / name);
    }

    Standing settled() const
    {
        for (int i = 0; i < 500 && standing(folder) == Standing::running; ++i)
            std::this_thread::sleep_for(10ms);
        return standing(folder);
    }

    fs::path folder;
};

} // namespace

BOOST_AUTO_TEST_SUITE(agent_job)

BOOST_AUTO_TEST_CASE(exit_code_and_output_are_kept)
{
    const Job job("echo out; echo err >&2; exit 7");
    const Exit exit = job.run();
    BOOST_TEST(exit.code.value_or(-1) == 7);
    BOOST_TEST(!exit.signal.has_value());
    BOOST_TEST(exit.bytes == 8U);
    BOOST_TEST(job.file("log") == "out\nerr\n");
    BOOST_TEST((standing(job.folder) == Standing::exited));
}

BOOST_AUTO_TEST_CASE(a_signal_is_told_as_such)
{
    BOOST_TEST(Job("kill -9 $$").run().signal.value_or(0) == SIGKILL);
}

BOOST_AUTO_TEST_CASE(the_environment_is_clean_and_files_are_made_readable)
{
    ::setenv("SECRET_OF_CALLER", "x", 1);
    const Job job("env; umask");
    job.run();
    BOOST_TEST(job.file("log").find("SECRET_OF_CALLER") == std::string::npos);
    BOOST_TEST(job.file("log").find("DEBIAN_FRONTEND=noninteractive") != std::string::npos);
    BOOST_TEST(job.file("log").find("0022") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_the_whole_tree)
{
    const Job job(
        "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > inner; sleep 100' & sleep 100; sleep 100", 1s);
    const Exit exit = job.run();
    BOOST_TEST(exit.timed_out);
    const int inner = std::stoi(job.file("inner"));
    BOOST_TEST(::kill(inner, 0) == -1);
}

BOOST_AUTO_TEST_CASE(a_term_to_the_shim_cancels)
{
    const Job job("touch begun; sleep 100");
    const pid_t shim = job.start();
    BOOST_REQUIRE(job.comes("begun"));
    ::kill(shim, SIGTERM);
    Job::wait(shim);
    BOOST_TEST(exit_record(job.folder).value().cancelled);
}

BOOST_AUTO_TEST_CASE(a_background_process_does_not_hold_the_job)
{
    const auto begin = std::chrono::steady_clock::now();
    const Job job("sleep 5 & echo $! > pid; exit 0");
    BOOST_TEST(job.run().code.value_or(-1) == 0);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 4s));
    ::kill(std::stoi(job.file("pid")), SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_flood_keeps_its_head_and_its_tail)
{
    const Job job("echo FIRST; head -c 83886080 /dev/zero | tr '\\0' x; echo; echo LAST");
    const Exit exit = job.run();
    BOOST_TEST(exit.bytes == 83886080U + 12U);
    const std::string log = job.file("log");
    BOOST_TEST(log.size() < (64U << 20) + 200U);
    BOOST_TEST(log.starts_with("FIRST\n"));
    BOOST_TEST(log.ends_with("\nLAST\n"));
    BOOST_TEST(log.find("bytes of output left out here") != std::string::npos);
    BOOST_TEST(!fs::exists(job.folder / "ring"));
}

BOOST_AUTO_TEST_CASE(fifty_megabytes_are_kept_whole)
{
    const Job job("head -c 50000000 /dev/zero | tr '\\0' x");
    BOOST_TEST(job.run().bytes == 50'000'000U);
    BOOST_TEST((job.file("log") == std::string(50'000'000, 'x')));
}

BOOST_AUTO_TEST_CASE(two_shims_run_the_installer_once)
{
    const Job job("echo run >> runs; sleep 0.2");
    const pid_t one = job.start();
    const pid_t two = job.start();
    Job::wait(one);
    Job::wait(two);
    Job::wait(job.start());
    BOOST_TEST(job.file("runs") == "run\n");
}

BOOST_AUTO_TEST_CASE(a_shim_that_dies_before_its_claim_can_be_started_again)
{
    const Job job("echo run >> runs", 60s, "shim_before_claim");
    Job::wait(job.start());
    BOOST_TEST((standing(job.folder) == Standing::unclaimed));
    BOOST_TEST(job.file("runs") == "");
}

BOOST_AUTO_TEST_CASE(a_shim_that_dies_after_its_claim_is_an_interrupted_job)
{
    const Job job("echo run >> runs", 60s, "shim_after_link");
    Job::wait(job.start());
    BOOST_TEST((standing(job.folder) == Standing::interrupted));
    Job::wait(job.start()); // the claim stands: nothing is started
    BOOST_TEST(job.file("runs") == "");
}

BOOST_AUTO_TEST_CASE(an_installer_that_outlives_its_shim_counts_as_running)
{
    const Job job("touch begun; while [ ! -e go ]; do sleep 0.02; done", 60s, "shim_after_fork");
    Job::wait(job.start());
    BOOST_REQUIRE(job.comes("begun"));
    BOOST_TEST((standing(job.folder) == Standing::running));
    std::ofstream(job.folder / "go") << "x";
    BOOST_TEST((job.settled() == Standing::interrupted));
}

BOOST_AUTO_TEST_CASE(the_exit_record_decides)
{
    const Job before("true", 60s, "shim_before_exit_record");
    Job::wait(before.start());
    BOOST_TEST((standing(before.folder) == Standing::interrupted));
    const Job after("true", 60s, "shim_after_exit_record");
    Job::wait(after.start());
    BOOST_TEST((standing(after.folder) == Standing::exited));
}

BOOST_AUTO_TEST_CASE(a_claim_of_another_boot_is_an_interruption_by_reboot)
{
    const Job job("true");
    common::os::write_file_durably(job.folder / "claim", Claim{1, 1, "another-boot"}.text());
    BOOST_TEST((standing(job.folder) == Standing::interrupted_by_reboot));
}

BOOST_AUTO_TEST_SUITE_END()
