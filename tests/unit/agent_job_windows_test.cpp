// One job from its spec to its exit record: the shim, without an agent.
#include "agent/job_folder.hpp"
#include "agent/run_folder.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/job_order.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/tls/hash.hpp"
#include "tests/support/agent_process_windows.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>

using namespace agent;
using namespace agent::job_folder;
using namespace std::chrono_literals;
using installer::Result;
namespace fs = std::filesystem;

namespace {

/// A job whose installer is a batch file; it runs with the scratch folder as %1.
class Job {
public:
    explicit Job(const std::string& script, std::chrono::seconds deadline = 60s, std::string failpoint = {})
        : failpoint_(std::move(failpoint))
    {
        folder_.prepare_logs();
        folder_.prepare();
        const std::string payload = "@echo off\r\n" + script + "\r\n";
        common::JobOrder order;
        order.job = std::string(32, 'b');
        order.run = std::string(32, 'a');
        order.target = "0";
        order.kind = common::ComponentKind::cmd;
        order.name = "script";
        order.file_name = "script with blank.cmd";
        order.sha256 = common::tls::sha256_hex(payload);
        order.size = payload.size();
        order.arguments = {scratch_.path().string()};
        order.deadline = deadline;
        payload_ = folder_.payload() / order.sha256;
        common::os::write_file_durably(payload_, payload);
        store_spec(folder(), {order.text(), "", 1, "script.log"});
    }

    fs::path folder() const { return folder_.job(std::string(32, 'b')); }
    const fs::path& payload() const { return payload_; }

    std::unique_ptr<tests::AgentProcess> start() const
    {
        common::Fields record{"soapstone-shim 1"};
        record.add("folder", folder().string()).add("failpoint", failpoint_);
        return std::make_unique<tests::AgentProcess>(std::vector<std::string>{"shim"}, record.text());
    }

    Exit run() const
    {
        start()->wait();
        const auto exit = read_exit(folder());
        BOOST_REQUIRE(exit.has_value());
        return *exit;
    }

    std::string log() const { return file(folder_.logs() / "script.log"); }
    std::string file(const fs::path& name) const
    {
        return common::os::read_file_if_there(scratch_.path() / name, 256 << 20).value_or("");
    }
    void write(const std::string& name) const { scratch_.file(name, "x"); }

    bool comes(const std::string& name) const
    {
        for (int i = 0; i < 3000 && !fs::exists(scratch_.path() / name); ++i)
            std::this_thread::sleep_for(10ms);
        return fs::exists(scratch_.path() / name);
    }

    Standing stands() const { return standing(folder(), common::os::boot_id(), 1h); }
    Standing settled() const
    {
        for (int i = 0; i < 3000 && stands() == Standing::running; ++i)
            std::this_thread::sleep_for(10ms);
        return stands();
    }

private:
    tests::Scratch scratch_;
    RunFolder folder_{scratch_.path() / "state", std::string(32, 'a')};
    std::string failpoint_;
    fs::path payload_;
};

/// Says that it has begun and goes on once there is a file "go".
const std::string waits = "echo x> %1\\begun\r\n"
                          ":again\r\n"
                          "if exist %1\\go goto on\r\n"
                          "ping -n 2 127.0.0.1 >nul\r\n"
                          "goto again\r\n"
                          ":on\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(agent_job_windows)

BOOST_AUTO_TEST_CASE(exit_code_and_output_are_kept)
{
    const Job job("echo out\r\necho err>&2\r\nexit 7");
    const Exit exit = job.run();
    BOOST_TEST(exit.status.exit_code.value_or(-1) == 7);
    BOOST_TEST((exit.status.state == JobState::failed));
    BOOST_TEST(job.log() == "out\r\nerr\r\n");
    BOOST_TEST(exit.status.output_bytes == job.log().size());
    BOOST_TEST((job.stands() == Standing::finished));
    BOOST_TEST(!fs::exists(job.folder() / "work"));
}

BOOST_AUTO_TEST_CASE(exit_codes_with_all_bits_survive_the_record)
{
    BOOST_TEST(Job("exit -1").run().status.exit_code.value_or(0) == -1);
    BOOST_TEST((Job("exit -1073741819").run().status.result == Result::killed)); // 0xC0000005
}

BOOST_AUTO_TEST_CASE(what_installers_say_of_a_reboot_is_known)
{
    BOOST_TEST((Job("exit 3010").run().status.state == JobState::succeeded_pending_reboot));
    BOOST_TEST((Job("exit 0").run().status.state == JobState::succeeded));
}

BOOST_AUTO_TEST_CASE(the_environment_is_the_systems_own_and_nothing_of_ours)
{
    ::SetEnvironmentVariableW(L"SECRET_OF_CALLER", L"x");
    const Job job(
        "echo secret=%SECRET_OF_CALLER% root=%SYSTEMROOT% programs=%ProgramFiles% data=%ProgramData%");
    job.run();
    BOOST_TEST(job.log().find("secret=x") == std::string::npos);
    for (const char* known :
         {"root=C:\\", "programs=C:\\", "data=C:\\"}) // a batch file would work on \ without them
        BOOST_TEST(job.log().find(known) != std::string::npos, known);
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_the_whole_tree)
{
    const Job job("cmd /c \"cmd /c ping -n 100 127.0.0.1 >nul\"", 1s);
    const Exit exit = job.run();
    BOOST_TEST(exit.timed_out);
    BOOST_TEST((exit.status.result == Result::timed_out));
    BOOST_TEST((job.stands() == Standing::finished));
}

BOOST_AUTO_TEST_CASE(a_request_to_cancel_ends_it)
{
    const Job job(waits);
    const auto shim = job.start();
    BOOST_REQUIRE(job.comes("begun"));
    ask_to_cancel(job.folder());
    shim->wait();
    const Exit exit = read_exit(job.folder()).value();
    BOOST_TEST(exit.cancelled);
    BOOST_TEST((exit.status.state == JobState::cancelled));
}

BOOST_AUTO_TEST_CASE(the_room_for_claim_and_end_is_taken_when_a_job_is_accepted)
{
    const Job job("exit 0");
    BOOST_TEST(fs::file_size(job.folder() / "claim.new") > 0U);
    BOOST_TEST(fs::file_size(job.folder() / "exit.new") > 0U);
    BOOST_TEST((job.run().status.result == Result::ok));
    std::set<std::string> left;
    for (const fs::directory_entry& entry : fs::directory_iterator(job.folder()))
        left.insert(entry.path().filename().string());
    BOOST_TEST((left == std::set<std::string>{"claim", "exit", "spec"}));
}

BOOST_AUTO_TEST_CASE(two_shims_run_the_installer_once)
{
    const Job job("echo run>> %1\\runs");
    const auto one = job.start();
    const auto two = job.start();
    one->wait();
    two->wait();
    job.start()->wait();
    BOOST_TEST(job.file("runs") == "run\r\n");
}

BOOST_AUTO_TEST_CASE(a_payload_that_was_exchanged_is_not_run)
{
    const Job job("echo run>> %1\\runs");
    std::string other = common::os::read_file(job.payload());
    other[other.size() - 3] = 'S';
    common::os::write_file_durably(job.payload(), other);
    const Exit exit = job.run();
    BOOST_TEST((exit.status.state == JobState::failed));
    BOOST_TEST(exit.status.text.find("not what the order names") != std::string::npos);
    BOOST_TEST(job.file("runs") == "");
}

BOOST_AUTO_TEST_CASE(a_shim_that_dies_before_its_claim_can_be_started_again)
{
    for (const char* place : {"shim_before_claim", "shim_after_claim_tmp"}) {
        const Job job("echo run>> %1\\runs", 60s, place);
        job.start()->wait();
        BOOST_TEST((job.stands() == Standing::open));
        BOOST_TEST(job.file("runs") == "");
    }
}

BOOST_AUTO_TEST_CASE(a_shim_that_dies_after_its_claim_is_an_interrupted_job)
{
    const Job job("echo run>> %1\\runs", 60s, "shim_after_link");
    job.start()->wait();
    BOOST_TEST((job.stands() == Standing::interrupted));
    job.start()->wait(); // the claim stands: nothing is started
    BOOST_TEST(job.file("runs") == "");
}

BOOST_AUTO_TEST_CASE(an_installer_survives_its_shim_and_its_output_is_kept)
{
    const Job job(waits + "echo still here", 60s, "shim_after_fork");
    job.start()->wait();
    BOOST_REQUIRE(job.comes("begun"));
    BOOST_TEST((job.stands() == Standing::running));
    job.write("go");
    BOOST_TEST((job.settled() == Standing::interrupted));
    for (int i = 0; i < 500 && job.log().empty(); ++i) // the drain ends behind the installer
        std::this_thread::sleep_for(10ms);
    BOOST_TEST(job.log() == "still here\r\n");
}

BOOST_AUTO_TEST_CASE(the_exit_record_decides)
{
    const Job before("exit 0", 60s, "shim_before_exit_record");
    before.start()->wait();
    BOOST_TEST((before.stands() == Standing::interrupted));

    const Job nearly("exit 0", 60s, "shim_after_exit_record_tmp");
    nearly.start()->wait();
    BOOST_TEST((nearly.stands() == Standing::interrupted));
    BOOST_TEST(unfinished_exit(nearly.folder()).value().status.exit_code.value_or(-1) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
