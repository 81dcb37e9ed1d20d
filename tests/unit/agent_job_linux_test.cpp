// One job from its spec to its exit record: the shim, without an agent.
#include "agent/job_folder.hpp"
#include "agent/process_setup.hpp"
#include "agent/run_folder.hpp"
#include "agent/shim.hpp"
#include "common/error.hpp"
#include "common/job_order.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

using namespace agent;
using namespace agent::job_folder;
using namespace std::chrono_literals;
using installer::Result;
namespace fs = std::filesystem;

namespace {

/// A job whose installer is a shell script; it runs with the scratch folder as $1.
class Job {
public:
    explicit Job(const std::string& script, std::chrono::seconds deadline = 60s, std::string failpoint = {})
        : failpoint_(std::move(failpoint))
    {
        folder_.prepare_logs();
        folder_.prepare();
        const std::string payload = "#!/bin/sh\n" + script + "\n";
        common::JobOrder order;
        order.job = std::string(32, 'b');
        order.run = std::string(32, 'a');
        order.target = "0";
        order.name = "script";
        order.file_name = "script.sh";
        order.sha256 = common::tls::sha256_hex(payload);
        order.size = payload.size();
        order.arguments = {scratch_.path().string()};
        order.deadline = deadline;
        common::os::write_file_durably(folder_.payload() / order.sha256, payload);
        payload_ = folder_.payload() / order.sha256;
        store_spec(folder(), {order.text(), "", 1, "script.log"});
    }

    fs::path folder() const { return folder_.job(std::string(32, 'b')); }
    const fs::path& payload() const { return payload_; }

    pid_t start() const
    {
        const pid_t pid = ::fork();
        if (pid == 0) {
            harden_process(); // as main() does
            ::_exit(shim::work(folder(), Failpoints(failpoint_)));
        }
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
        const auto exit = read_exit(folder());
        BOOST_REQUIRE(exit.has_value());
        return *exit;
    }

    std::string log() const { return file(folder_.logs() / "script.log"); }
    std::string file(const fs::path& name) const
    {
        return common::os::read_file_if_there(scratch_.path() / name, 256 << 20).value_or("");
    }

    bool comes(const std::string& name) const
    {
        for (int i = 0; i < 1000 && !fs::exists(scratch_.path() / name); ++i)
            std::this_thread::sleep_for(10ms);
        return fs::exists(scratch_.path() / name);
    }

    Standing stands(std::chrono::seconds longest = 1h) const
    {
        return standing(folder(), common::os::boot_id(), longest);
    }
    Standing settled() const
    {
        for (int i = 0; i < 1000 && stands() == Standing::running; ++i)
            std::this_thread::sleep_for(10ms);
        return stands();
    }
    void write(const std::string& name) const { scratch_.file(name, "x"); }

private:
    tests::Scratch scratch_;
    RunFolder folder_{scratch_.path() / "state", std::string(32, 'a')};
    std::string failpoint_;
    fs::path payload_;
};

Result result_of(const Exit& exit)
{
    return exit.status.result.value();
}

/// Waits until `process` has `file` open.
bool opens(pid_t process, const fs::path& file)
{
    for (int i = 0; i < 10'000; ++i) {
        std::error_code gone;
        for (const fs::directory_entry& entry :
             fs::directory_iterator("/proc/" + std::to_string(process) + "/fd", gone))
            if (fs::read_symlink(entry.path(), gone) == file)
                return true;
        std::this_thread::sleep_for(1ms);
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(agent_job)

BOOST_AUTO_TEST_CASE(exit_code_and_output_are_kept)
{
    const Job job("echo out; echo err >&2; exit 7");
    const Exit exit = job.run();
    BOOST_TEST(exit.status.exit_code.value_or(-1) == 7);
    BOOST_TEST(!exit.status.signal.has_value());
    BOOST_TEST((exit.status.state == JobState::failed));
    BOOST_TEST(exit.status.output_bytes == 8U);
    BOOST_TEST(job.log() == "out\nerr\n");
    BOOST_TEST((job.stands() == Standing::finished));
    BOOST_TEST(!fs::exists(job.folder() / "work"));
}

BOOST_AUTO_TEST_CASE(a_signal_is_told_as_such)
{
    const Exit exit = Job("kill -9 $$").run();
    BOOST_TEST(exit.status.signal.value_or(0) == SIGKILL);
    BOOST_TEST((result_of(exit) == Result::killed));
}

BOOST_AUTO_TEST_CASE(the_environment_is_clean_and_files_are_made_readable)
{
    ::setenv("SECRET_OF_CALLER", "x", 1);
    const Job job("env; umask; ls -l /proc/$$/fd | grep -c -e claim");
    job.run();
    BOOST_TEST(job.log().find("SECRET_OF_CALLER") == std::string::npos);
    BOOST_TEST(job.log().find("LC_ALL=C") != std::string::npos);
    BOOST_TEST(job.log().find("0022\n1\n") != std::string::npos); // of ours only the lock is open
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_the_whole_tree)
{
    const Job job("trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > '$1/inner'; sleep 100' & sleep 100; "
                  "sleep 100",
                  1s);
    const Exit exit = job.run();
    BOOST_TEST(exit.timed_out);
    BOOST_TEST((result_of(exit) == Result::timed_out));
    BOOST_TEST(::kill(std::stoi(job.file("inner")), 0) == -1);
}

BOOST_AUTO_TEST_CASE(a_request_to_cancel_ends_it)
{
    const Job job("touch $1/begun; sleep 100");
    const pid_t shim = job.start();
    BOOST_REQUIRE(job.comes("begun"));
    ask_to_cancel(job.folder());
    Job::wait(shim);
    const Exit exit = read_exit(job.folder()).value();
    BOOST_TEST(exit.cancelled);
    BOOST_TEST((exit.status.state == JobState::cancelled));
}

BOOST_AUTO_TEST_CASE(a_background_process_does_not_hold_the_job)
{
    const auto begin = std::chrono::steady_clock::now();
    const Job job("sleep 5 & echo $! > $1/pid; exit 0");
    BOOST_TEST(job.run().status.exit_code.value_or(-1) == 0);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 4s));
    ::kill(std::stoi(job.file("pid")), SIGKILL);
}

BOOST_AUTO_TEST_CASE(an_installer_does_not_notice_that_whoever_keeps_its_output_is_killed)
{
    // The parent is the shim; its other child keeps the output. What follows is more than a pipe holds, so
    // that the installer would hang if nobody took it up again.
    const Job job(
        "echo one; sleep 0.3; for p in $(cat /proc/$PPID/task/$PPID/children); do "
        "[ $p = $$ ] || kill -9 $p; done; head -c 300000 /dev/zero | tr '\\0' x; echo; echo still; exit 3");
    const Exit exit = job.run();
    BOOST_TEST(exit.status.exit_code.value_or(-1) == 3);
    const std::string log = job.log();
    BOOST_TEST(log.starts_with("one\n\n[soapstone: whoever kept this log was killed"));
    BOOST_TEST(log.ends_with("still\n"));
    BOOST_TEST(exit.status.output_bytes == log.size());
}

BOOST_AUTO_TEST_CASE(a_flood_keeps_its_head_and_its_tail)
{
    const Job job("echo FIRST; head -c 83886080 /dev/zero | tr '\\0' x; echo; echo LAST");
    const Exit exit = job.run();
    BOOST_TEST(exit.status.output_bytes == 83886080U + 12U);
    BOOST_TEST(exit.dropped_bytes == 83886080U + 12U - (64U << 20));
    const std::string log = job.log();
    BOOST_TEST(log.size() < (64U << 20) + 200U);
    BOOST_TEST(log.starts_with("FIRST\n"));
    BOOST_TEST(log.ends_with("\nLAST\n"));
    BOOST_TEST(log.find("bytes left out]") != std::string::npos);
    BOOST_TEST(!fs::exists(job.folder() / "output.tail"));
}

BOOST_AUTO_TEST_CASE(fifty_megabytes_are_kept_whole)
{
    const Job job("head -c 50000000 /dev/zero | tr '\\0' x");
    BOOST_TEST(job.run().status.output_bytes == 50'000'000U);
    BOOST_TEST((job.log() == std::string(50'000'000, 'x')));
}

// When the disk is full by then, a job must still be begun once and its end be told.
BOOST_AUTO_TEST_CASE(the_room_for_claim_and_end_is_taken_when_a_job_is_accepted)
{
    const Job job("exit 0");
    BOOST_TEST(fs::file_size(job.folder() / "claim.new") > 0U);
    BOOST_TEST(fs::file_size(job.folder() / "exit.new") > 0U);
    BOOST_TEST((job.stands() == Standing::open));
    BOOST_TEST((result_of(job.run()) == Result::ok));
    std::set<fs::path> left;
    for (const fs::directory_entry& entry : fs::directory_iterator(job.folder()))
        left.insert(entry.path().filename());
    BOOST_TEST((left == std::set<fs::path>{"claim", "exit", "spec"}));
}

BOOST_AUTO_TEST_CASE(two_shims_run_the_installer_once)
{
    const Job job("echo run >> $1/runs; sleep 0.2");
    const pid_t one = job.start();
    const pid_t two = job.start();
    Job::wait(one);
    Job::wait(two);
    Job::wait(job.start());
    BOOST_TEST(job.file("runs") == "run\n");
}

BOOST_AUTO_TEST_CASE(a_payload_that_was_exchanged_is_not_run)
{
    const Job job("echo run >> $1/runs");
    std::string other = common::os::read_file(job.payload());
    other[other.size() - 3] = 'S';
    common::os::write_file_durably(job.payload(), other);
    const Exit exit = job.run();
    BOOST_TEST((exit.status.state == JobState::failed));
    BOOST_TEST(exit.status.text.find("not what the order names") != std::string::npos);
    BOOST_TEST(job.file("runs") == "");
}

BOOST_AUTO_TEST_CASE(a_payload_that_is_brought_a_second_time_while_it_is_looked_at_is_run)
{
    const Job job("echo run >> $1/runs; exit\n#" + std::string(100 << 20, '#')); // to be hashed for a while
    const fs::path copy = job.payload().string() + ".brought";
    fs::copy_file(job.payload(), copy);
    const pid_t shim = job.start();
    BOOST_REQUIRE(opens(shim, job.payload()));
    fs::rename(copy, job.payload());
    Job::wait(shim);
    BOOST_TEST((result_of(read_exit(job.folder()).value()) == Result::ok));
    BOOST_TEST(job.file("runs") == "run\n");
}

BOOST_AUTO_TEST_CASE(a_shim_that_dies_before_its_claim_can_be_started_again)
{
    for (const char* place : {"shim_before_claim", "shim_after_claim_tmp"}) {
        const Job job("echo run >> $1/runs", 60s, place);
        Job::wait(job.start());
        BOOST_TEST((job.stands() == Standing::open));
        BOOST_TEST(job.file("runs") == "");
    }
}

BOOST_AUTO_TEST_CASE(a_shim_that_dies_after_its_claim_is_an_interrupted_job)
{
    const Job job("echo run >> $1/runs", 60s, "shim_after_link");
    Job::wait(job.start());
    BOOST_TEST((job.stands() == Standing::interrupted));
    Job::wait(job.start()); // the claim stands: nothing is started
    BOOST_TEST(job.file("runs") == "");
}

BOOST_AUTO_TEST_CASE(an_installer_survives_its_shim_and_its_output_is_kept)
{
    const Job job("touch $1/begun; while [ ! -e $1/go ]; do sleep 0.02; done; echo still && echo here", 60s,
                  "shim_after_fork");
    Job::wait(job.start());
    BOOST_REQUIRE(job.comes("begun"));
    BOOST_TEST((job.stands() == Standing::running));
    job.write("go");
    BOOST_TEST((job.settled() == Standing::interrupted));
    BOOST_TEST(job.log() == "still\nhere\n");
}

BOOST_AUTO_TEST_CASE(a_daemon_that_keeps_the_lock_of_a_dead_shim_counts_only_for_so_long)
{
    const Job job("touch $1/begun; sleep 30 & echo $! > $1/pid; while [ ! -e $1/go ]; do sleep 0.02; done",
                  60s, "shim_after_fork");
    Job::wait(job.start());
    BOOST_REQUIRE(job.comes("begun"));
    job.write("go");
    std::this_thread::sleep_for(200ms);
    BOOST_TEST((job.stands() == Standing::running));
    BOOST_TEST((job.stands(0s) == Standing::interrupted));
    ::kill(std::stoi(job.file("pid")), SIGKILL);
}

BOOST_AUTO_TEST_CASE(the_exit_record_decides)
{
    const Job before("true", 60s, "shim_before_exit_record");
    Job::wait(before.start());
    BOOST_TEST((before.stands() == Standing::interrupted));
    BOOST_TEST(!unfinished_exit(before.folder()).has_value());

    const Job nearly("true", 60s, "shim_after_exit_record_tmp");
    Job::wait(nearly.start());
    BOOST_TEST((nearly.stands() == Standing::interrupted));
    BOOST_TEST(unfinished_exit(nearly.folder()).value().status.exit_code.value_or(-1) == 0);

    const Job after("true", 60s, "shim_after_exit_record");
    Job::wait(after.start());
    BOOST_TEST((after.stands() == Standing::finished));
}

BOOST_AUTO_TEST_CASE(a_claim_of_another_boot_is_an_interruption_by_reboot)
{
    const Job job("true");
    Claim claim;
    claim.maker = {1, 1, "another-boot"};
    common::os::write_file_durably(job.folder() / "claim", claim.text());
    BOOST_TEST((job.stands() == Standing::interrupted_by_reboot));
}

BOOST_AUTO_TEST_CASE(a_program_that_cannot_be_started_says_why)
{
    tests::Scratch scratch;
    const Job job("true");
    const std::string text = common::os::read_file(job.folder() / "spec");
    common::JobOrder order = common::JobOrder::parse(Spec::parse(text).order);
    const std::string payload = "\x7f no program at all";
    order.sha256 = common::tls::sha256_hex(payload);
    order.size = payload.size();
    common::os::write_file_durably(job.payload().parent_path() / order.sha256, payload);
    store_spec(job.folder(), {order.text(), "", 1, "script.log"});
    BOOST_TEST(job.run().status.text.find("could not be started") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
