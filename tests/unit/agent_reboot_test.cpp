// The reboot of a target as the agent makes it; the system is made up.
#include "agent/reboot.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/tls/signature.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace agent;
using namespace std::chrono_literals;
using common::Trouble;

namespace {

/// The system of a target over several boots and agents.
struct System {
    bool waits = true; ///< has a shutdown
    int scheduled = 0;
    int taken_back = 0;
    int restarts = 0;
    std::string message;
    std::string refuses;           ///< what it says then
    bool was_written_down = false; ///< when it was told
};

/// A target on which one agent after the other lives.
class Target {
public:
    Target()
    {
        order.run = std::string(32, 'a');
        order.target = "3";
        order.machine = "m1";
        order.boot = "boot-1";
        order.delay = 90s;
        order.message = "back soon";
    }

    /// One agent's life, in the boot of this name.
    struct Agent {
        Agent(Target& target, const std::string& boot)
            : folder((target.folder.prepare_logs(), target.folder.prepare(), target.folder)),
              log(folder.logs() / "agent.log", target.order.run, "3"), journal(folder.journal()),
              jobs(folder, target.rules(), {{}, {}, boot}, journal, memory, log, failpoints),
              reboot(folder, target.rules(), tools(target.system, boot, folder.reboot_record()), jobs,
                     journal, log)
        {
        }

        static Reboot::Tools tools(System& system, const std::string& boot,
                                   const std::filesystem::path& record)
        {
            Reboot::Tools tools;
            tools.boot = boot;
            tools.schedule = [&system, record](std::chrono::seconds delay, const std::string& message,
                                               const auto&) {
                if (!system.refuses.empty())
                    throw common::Error(Trouble::rejected, system.refuses);
                system.was_written_down = std::filesystem::exists(record);
                system.message = message;
                system.scheduled += system.waits ? 1 : 0;
                return system.waits ? std::optional(delay) : std::nullopt;
            };
            tools.cancel = [&system](const auto&) { ++system.taken_back; };
            tools.restart = [&system](const auto&) { ++system.restarts; };
            return tools;
        }

        const RunFolder folder;
        const AgentLog log;
        const Failpoints failpoints;
        JobMemory memory;
        Journal journal;
        Jobs jobs;
        Reboot reboot;
    };

    OrderRules rules() const { return {key.public_key(), order.run, "3", "m1"}; }
    RebootStatus tell(Agent& agent) const { return agent.reboot.order(order.text(), key.sign(order.text())); }
    Trouble complaint(Agent& agent) const
    {
        try {
            tell(agent);
        } catch (const common::Error& error) {
            return error.trouble();
        }
        throw std::runtime_error("it was taken");
    }

    tests::Scratch scratch;
    const RunFolder folder{scratch.path(), std::string(32, 'a')};
    common::tls::SigningKey key = common::tls::SigningKey::make();
    common::RebootOrder order;
    System system;
};

} // namespace

BOOST_AUTO_TEST_SUITE(agent_reboot)

BOOST_AUTO_TEST_CASE(an_order_is_written_down_and_told_to_the_system_once)
{
    Target target;
    Target::Agent agent(target, "boot-1");
    for (int i = 0; i < 3; ++i) {
        const RebootStatus status = target.tell(agent);
        BOOST_TEST((status.state == RebootState::pending));
        BOOST_TEST(status.left.count() <= 90);
        BOOST_TEST(status.left.count() >= 85);
    }
    BOOST_TEST(target.system.scheduled == 1);
    BOOST_TEST(target.system.message == "back soon");
    BOOST_TEST(target.system.was_written_down);
    BOOST_TEST(std::filesystem::exists(target.folder.reboot_record()));
}

BOOST_AUTO_TEST_CASE(another_agent_in_the_same_boot_tells_the_system_nothing_again)
{
    Target target;
    {
        Target::Agent agent(target, "boot-1");
        target.tell(agent);
    }
    Target::Agent next(target, "boot-1");
    BOOST_TEST((target.tell(next).state == RebootState::pending));
    BOOST_TEST(target.system.scheduled == 1);
}

BOOST_AUTO_TEST_CASE(after_the_boot_the_same_order_is_done_and_does_nothing)
{
    Target target;
    {
        Target::Agent agent(target, "boot-1");
        target.tell(agent);
    }
    Target::Agent next(target, "boot-2");
    BOOST_TEST((target.tell(next).state == RebootState::done));
    BOOST_TEST(target.system.scheduled == 1);
}

BOOST_AUTO_TEST_CASE(an_order_that_was_taken_back_stays_so)
{
    Target target;
    Target::Agent agent(target, "boot-1");
    target.tell(agent);
    BOOST_TEST((agent.reboot.cancel().state == RebootState::cancelled));
    BOOST_TEST(target.system.taken_back == 1);
    BOOST_TEST((target.tell(agent).state == RebootState::cancelled));
    BOOST_TEST((agent.reboot.cancel().state == RebootState::cancelled));
    BOOST_TEST(target.system.scheduled == 1);
    BOOST_TEST(target.system.taken_back == 1);
}

BOOST_AUTO_TEST_CASE(orders_of_others_are_refused)
{
    Target target;
    Target::Agent agent(target, "boot-1");
    const std::string text = target.order.text();
    BOOST_CHECK_THROW(agent.reboot.order(text, common::tls::SigningKey::make().sign(text)), common::Error);
    for (std::string common::RebootOrder::*field :
         {&common::RebootOrder::run, &common::RebootOrder::target, &common::RebootOrder::machine}) {
        const common::RebootOrder good = target.order;
        target.order.*field = "x";
        BOOST_TEST((target.complaint(agent) == Trouble::denied));
        target.order = good;
    }
    target.tell(agent);
    target.order.delay = 30s; // another one, while that is pending
    BOOST_TEST((target.complaint(agent) == Trouble::conflict));
    BOOST_TEST(target.system.scheduled == 1);
}

BOOST_AUTO_TEST_CASE(where_the_system_cannot_wait_the_agent_does_and_restarts_once)
{
    Target target;
    target.system.waits = false;
    target.order.delay = 1s;
    {
        Target::Agent killed(target, "boot-1");
        target.tell(killed);
    }
    Target::Agent agent(target, "boot-1");
    agent.reboot.make_when_due();
    BOOST_TEST(target.system.restarts == 0); // nobody has asked this agent
    target.tell(agent);
    agent.reboot.make_when_due();
    BOOST_TEST(target.system.restarts == 0); // not yet
    std::this_thread::sleep_for(1100ms);
    agent.reboot.make_when_due();
    agent.reboot.make_when_due();
    BOOST_TEST(target.system.restarts == 1);
    BOOST_CHECK_THROW(agent.reboot.cancel(), common::Error); // too late
}

BOOST_AUTO_TEST_CASE(a_system_that_refuses_is_told_and_can_be_asked_again)
{
    Target target;
    target.system.refuses = "not now";
    Target::Agent agent(target, "boot-1");
    BOOST_TEST((target.complaint(agent) == Trouble::rejected));
    target.system.refuses.clear();
    BOOST_TEST((target.tell(agent).state == RebootState::pending));
    BOOST_TEST(target.system.scheduled == 1);
}

BOOST_AUTO_TEST_CASE(no_job_is_taken_any_more)
{
    Target target;
    Target::Agent agent(target, "boot-1");
    target.tell(agent);
    common::JobOrder job;
    job.job = std::string(32, 'b');
    job.run = target.order.run;
    job.target = "3";
    job.file_name = "x.sh";
    job.sha256 = std::string(64, 'c');
    try {
        agent.jobs.submit(job.text(), target.key.sign(job.text()));
        BOOST_ERROR("it was taken");
    } catch (const common::Error& error) {
        BOOST_TEST((error.trouble() == Trouble::busy));
    }
}

BOOST_AUTO_TEST_CASE(a_message_is_one_line)
{
    common::RebootOrder order = Target().order;
    BOOST_TEST(common::RebootOrder::parse(order.text()).message == "back soon");
    for (const std::string& message : {std::string("a\nb"), std::string("\x1b[31m"), std::string(300, 'x')}) {
        order.message = message;
        BOOST_CHECK_THROW(common::RebootOrder::parse(order.text()), common::Error);
    }
    order.message = "";
    order.boot = "";
    BOOST_CHECK_THROW(common::RebootOrder::parse(order.text()), common::Error);
}

BOOST_AUTO_TEST_SUITE_END()
