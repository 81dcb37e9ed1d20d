#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "tests/support/transport_rigs.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>
#include <tuple>

using namespace manager::transport;
using namespace std::chrono_literals;
using namespace tests;
using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

using SshRigs = std::tuple<SshRig, OpensshRig>;
using Rigs = std::tuple<LocalRig, SshRig, OpensshRig>; // an SSH rig starts its own sshd on loopback

using CopyRigs = std::tuple<LocalRig, SshRig, OpensshRig, SmbRig>; // for what needs no agent that runs

/// Before any sshd listens, which would be left behind.
struct Offline {
    Offline() { go_offline(); }
};

constexpr auto limit = 20s;

template <typename Step>
void check_fails(Step step, Trouble trouble, std::string_view text)
{
    try {
        step();
        BOOST_ERROR("no error");
    } catch (const Error& error) {
        BOOST_TEST(name_of(error.trouble()) == name_of(trouble));
        BOOST_TEST(error.text().find(text) != std::string::npos, error.text() << " does not say: " << text);
    }
}

std::string state_of(const Rig& rig)
{
    return std::string(common::state_folder) + '/' + rig.run;
}

Footprint footprint(const Rig& rig, const common::Ready& ready)
{
    return {rig.run, ready.pid, ready.start_time, ready.port, {}};
}

bool has(const std::vector<std::string>& list, const std::string& entry)
{
    return std::find(list.begin(), list.end(), entry) != list.end();
}

common::Ready start_agent(Transport& transport, const std::string& run)
{
    const Deadline deadline = Deadline::in(limit);
    transport.scout(fake_agent().size, deadline);
    transport.copy(fake_agent(), nullptr, deadline);
    return transport.start(orders_for(run), deadline);
}

void check_never_started(Rig& rig, const AgentBinary& agent, std::string_view text)
{
    const auto transport = rig.transport();
    transport->scout(agent.size, Deadline::in(limit));
    check_fails([&] { transport->copy(agent, nullptr, Deadline::in(limit)); }, Trouble::rejected, text);
    BOOST_TEST(rig.gets_empty(rig.good));
}

/// The record with which an agent of this run names its process.
std::string agent_record(std::uint64_t pid, std::uint64_t start, const std::string& boot)
{
    return "soapstone-agent-pid 1\npid " + std::to_string(pid) + "\nstart " + std::to_string(start) +
           "\nboot " + boot + "\nend\n";
}

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(Offline);

BOOST_AUTO_TEST_SUITE(transport)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_scout_says_where_it_is, Rig, Rigs)
{
    Rig rig;
    const Platform platform = rig.transport()->scout(fake_agent().size, Deadline::in(limit));
    BOOST_TEST(platform.os == "Linux");
    BOOST_TEST(platform.architecture == "x86_64");
    BOOST_TEST(platform.root);
    BOOST_TEST(platform.session_address == "127.0.0.1");
    BOOST_TEST(platform.our_address == "127.0.0.1");
    BOOST_TEST(platform.folder.find(rig.good + "/.soapstone-" + rig.run + '.') == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_agent_is_copied_started_and_leaves_no_program_file, Rig, Rigs)
{
    Rig rig;
    const auto transport = rig.transport();
    const Deadline deadline = Deadline::in(limit);
    const Platform platform = transport->scout(fake_agent().size, deadline);
    std::vector<std::uint64_t> sent;
    transport->copy(
        fake_agent(), [&](std::uint64_t bytes) { sent.push_back(bytes); }, deadline);
    BOOST_TEST(has(rig.names_in(platform.folder), "soapstone-agent"));
    const common::Orders orders = orders_for(rig.run);
    const common::Ready ready = transport->start(orders, deadline);

    BOOST_TEST(ready.nonce == orders.nonce);
    BOOST_TEST(ready.address == orders.listen_address);
    BOOST_TEST(rig.runs(ready.pid));
    BOOST_TEST(rig.names_in(rig.good).empty());
    BOOST_TEST(sent.back() == fake_agent().compressed.size());
    transport->sweep(rig.run, deadline);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_follows_a_start_needs_no_second_login, Rig, SshRigs)
{
    Rig rig;
    const auto transport = rig.transport();
    const common::Ready ready = start_agent(*transport, rig.run);
    const std::filesystem::path keys = rig.seen("/keys/authorized");
    std::filesystem::rename(keys, keys.string() + ".away");
    BOOST_CHECK_THROW(rig.transport()->leftovers(footprint(rig, ready), Deadline::in(limit)), Error);
    const auto left = [&] { return transport->leftovers(footprint(rig, ready), Deadline::in(limit)).left; };
    BOOST_TEST(has(left(), "port " + std::to_string(ready.port)));
    transport->sweep(rig.run, Deadline::in(limit));
    BOOST_TEST(left().empty());
    std::filesystem::rename(keys.string() + ".away", keys);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_session_that_is_over_is_followed_by_another, Rig, Rigs)
{
    Rig rig;
    for (const std::chrono::seconds keep : {0s, 1s}) {
        rig.keep = keep;
        const auto transport = rig.transport();
        const common::Ready ready = start_agent(*transport, rig.run);
        std::this_thread::sleep_for(keep + 500ms); // the target ends it by its own clock
        const std::vector<std::string> left =
            transport->leftovers(footprint(rig, ready), Deadline::in(limit)).left;
        BOOST_TEST(has(left, "port " + std::to_string(ready.port)));
        transport->sweep(rig.run, Deadline::in(limit));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_agent_outlives_the_session, Rig, Rigs)
{
    Rig rig;
    const common::Ready ready = rig.deploy();
    std::this_thread::sleep_for(300ms);
    BOOST_TEST(rig.runs(ready.pid));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_copy_can_be_read_by_its_owner_alone, Rig, Rigs)
{
    Rig rig;
    const auto transport = rig.transport();
    const Platform platform = transport->scout(fake_agent().size, Deadline::in(limit));
    transport->copy(fake_agent(), nullptr, Deadline::in(limit));
    for (const std::string& path : {platform.folder, platform.folder + "/soapstone-agent"}) {
        const auto mode = std::filesystem::status(rig.seen(path)).permissions();
        BOOST_TEST(static_cast<unsigned>(mode) == 0700u, path);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_transport_that_goes_after_scouting_leaves_nothing, Rig, Rigs)
{
    Rig rig;
    {
        const auto transport = rig.transport();
        transport->scout(fake_agent().size, Deadline::in(limit));
        BOOST_TEST(!rig.names_in(rig.good).empty());
    }
    BOOST_TEST(rig.gets_empty(rig.good));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_half_copied_agent_leaves_nothing, Rig, CopyRigs)
{
    Rig rig;
    const AgentBinary agent = large_agent(6'000'000);
    const auto transport = rig.transport();
    transport->scout(agent.size, Deadline::in(limit));
    const auto break_off = [&](std::uint64_t bytes) {
        if (bytes > agent.compressed.size() / 2)
            throw Error(Trouble::unreachable, "cut");
    };
    check_fails([&] { transport->copy(agent, break_off, Deadline::in(limit)); }, Trouble::unreachable,
                "copying the agent: cut");
    BOOST_TEST(rig.gets_empty(rig.good));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_agent_that_came_and_was_not_started_leaves_nothing, Rig, CopyRigs)
{
    Rig rig;
    {
        const auto transport = rig.transport();
        transport->scout(fake_agent().size, Deadline::in(limit));
        transport->copy(fake_agent(), nullptr, Deadline::in(limit));
    }
    BOOST_TEST(rig.gets_empty(rig.good));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_target_does_not_wait_for_ever_for_a_copy, Rig, Rigs)
{
    Rig rig;
    rig.idle = 1s;
    const auto transport = rig.transport();
    transport->scout(fake_agent().size, Deadline::in(limit));
    BOOST_TEST(rig.gets_empty(rig.good));
    BOOST_CHECK_THROW(transport->copy(fake_agent(), nullptr, Deadline::in(limit)), Error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_agent_that_arrives_as_another_is_never_started, Rig, CopyRigs)
{
    Rig rig;
    AgentBinary other = fake_agent();
    other.sha256.assign(64, '0');
    check_never_started(rig, other, "arrived damaged: " + fake_agent().sha256);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_agent_that_cannot_be_unpacked_is_never_started, Rig, CopyRigs)
{
    Rig rig;
    AgentBinary bent = fake_agent();
    bent.compressed[bent.compressed.size() / 2] ^= 1;
    check_never_started(rig, bent, "the agent could not be "); // written there, or unpacked here
}

BOOST_AUTO_TEST_CASE_TEMPLATE(folders_that_will_not_do_are_passed_over, Rig, Rigs)
{
    Rig rig;
    const std::vector<std::string> folders{"/nowhere", rig.noexec, rig.small, rig.good};
    const Platform platform = rig.transport(folders)->scout(2'000'000, Deadline::in(limit));
    BOOST_TEST(platform.folder.find(rig.good) == 0u);
    BOOST_TEST(rig.names_in(rig.noexec).empty());
    BOOST_TEST(rig.names_in(rig.small).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(when_no_folder_will_do_each_reason_is_told, Rig, Rigs)
{
    Rig rig;
    try {
        rig.transport({"/nowhere", rig.noexec, rig.small})->scout(1'000'000'000'000, Deadline::in(limit));
        BOOST_ERROR("no error");
    } catch (const Error& error) {
        BOOST_TEST(name_of(error.trouble()) == "rejected");
        BOOST_TEST(error.text().find("/nowhere: not there or not writable; ") != std::string::npos,
                   error.text());
        BOOST_TEST(error.text().find(rig.small + ": 1024 KiB free, 976563524 KiB needed") !=
                       std::string::npos,
                   error.text());
    }
    BOOST_TEST(rig.names_in(rig.small).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_disk_that_fills_up_during_the_copy_is_named_and_left_as_it_was, Rig, Rigs)
{
    Rig rig;
    const AgentBinary agent = large_agent(20'000'000);
    const auto transport = rig.transport({rig.full});
    transport->scout(2'000'000, Deadline::in(limit));
    check_fails([&] { transport->copy(agent, nullptr, Deadline::in(limit)); }, Trouble::rejected,
                "No space left on device");
    BOOST_TEST(rig.gets_empty(rig.full));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_agent_that_does_not_start_tells_why_and_leaves_nothing, Rig, Rigs)
{
    Rig rig;
    const auto check = [&](const std::string& behaviour, std::string_view text) {
        check_fails([&] { rig.deploy(behaviour); }, Trouble::rejected, text);
        BOOST_TEST(rig.gets_empty(rig.good));
    };
    check("fails", "starting the agent: the agent did not start: it ended with status 3: no port is free");
    check("mute", "ended without its ready line");
    check("confused", "the ready line is not an answer to our orders");
    rig.transport()->sweep(rig.run, Deadline::in(limit)); // the latter two run
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_deadline_holds, Rig, CopyRigs)
{
    Rig rig;
    const auto before = std::chrono::steady_clock::now();
    check_fails([&] { rig.transport()->scout(1'000'000, Deadline::in(0s)); }, Trouble::unreachable, "");
    BOOST_TEST((std::chrono::steady_clock::now() - before < 5s));
    BOOST_TEST(rig.gets_empty(rig.good));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_an_agent_leaves_is_found_and_its_logs_are_nobodys_business, Rig, Rigs)
{
    Rig rig;
    const common::Ready ready = rig.deploy();
    rig.write(state_of(rig) + "/logs/agent.log", "x");
    rig.write(state_of(rig) + "/journal.1", "x");
    rig.write(state_of(rig) + "/tombstone", "x");
    rig.write(rig.good + "/.soapstone-" + rig.run + ".123456/soapstone-agent", "x");
    const Remains remains = rig.transport()->leftovers(footprint(rig, ready), Deadline::in(limit));
    const std::vector<std::string>& left = remains.left;

    BOOST_TEST(remains.logs);
    BOOST_TEST(has(left, "process " + std::to_string(ready.pid) + " (soapstone-agent)"));
    BOOST_TEST(has(left, "port " + std::to_string(ready.port)));
    BOOST_TEST(has(left, "file " + state_of(rig) + "/agent.pid"));
    BOOST_TEST(has(left, "file " + state_of(rig) + "/work"));
    BOOST_TEST(has(left, "folder " + rig.good + "/.soapstone-" + rig.run + ".123456"));
    BOOST_TEST(left.size() == 5u);
    rig.transport()->sweep(rig.run, Deadline::in(limit));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_examination_tells_time_and_room_and_writes_nothing, Rig, CopyRigs)
{
    Rig rig;
    const manager::transport::Condition condition = rig.transport()->examine(Deadline::in(limit));
    const auto after = common::to_milliseconds(condition.clock.after);
    BOOST_TEST(std::abs(after - condition.clock.seconds * 1000) < 60'000);
    BOOST_TEST(condition.state_free > 0u);
    BOOST_TEST(!condition.state_read_only);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(leftovers_of_another_run_are_not_ours, Rig, Rigs)
{
    Rig rig;
    const common::Ready ready = rig.deploy();
    const Footprint other{fresh_run(), ready.pid, ready.start_time + 1, 0, {"/nowhere"}};
    const Remains remains = rig.transport()->leftovers(other, Deadline::in(limit));
    BOOST_TEST(remains.left.empty());
    BOOST_TEST(!remains.logs);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sweep_ends_the_agent_and_keeps_logs_and_journal, Rig, Rigs)
{
    Rig rig;
    const common::Ready ready = rig.deploy();
    rig.write(state_of(rig) + "/logs/agent.log", "x");
    rig.write(state_of(rig) + "/.hidden", "x");
    const Swept swept = rig.transport()->sweep(rig.run, Deadline::in(limit));

    BOOST_TEST(has(swept.removed, "process " + std::to_string(ready.pid) + " (soapstone-agent)"));
    BOOST_TEST(has(swept.removed, "file " + state_of(rig) + "/work"));
    BOOST_TEST(has(swept.removed, "file " + state_of(rig) + "/.hidden"));
    BOOST_TEST(swept.kept.empty());
    BOOST_TEST(!rig.runs(ready.pid));
    std::vector<std::string> names = rig.names_in(state_of(rig));
    std::sort(names.begin(), names.end());
    BOOST_TEST(common::join(names, " ") == "journal logs");
    BOOST_TEST(rig.transport()->leftovers(footprint(rig, ready), Deadline::in(limit)).left.empty());
    BOOST_TEST(
        rig.transport()->sweep(rig.run, Deadline::in(limit)).removed.empty()); // again, as after a crash
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sweep_ends_an_agent_whose_record_is_gone, Rig, Rigs)
{
    Rig rig;
    const common::Ready ready = rig.deploy();
    std::filesystem::remove_all(rig.seen(state_of(rig)));
    const Swept swept = rig.transport()->sweep("", Deadline::in(limit));
    BOOST_TEST(has(swept.removed, "process " + std::to_string(ready.pid) + " (soapstone-agent)"));
    BOOST_TEST(!rig.runs(ready.pid));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_agent_that_does_not_listen_to_reason_is_killed, Rig, Rigs)
{
    Rig rig;
    const common::Ready ready = rig.deploy("deaf");
    rig.transport()->sweep("", Deadline::in(limit)); // of every run
    BOOST_TEST(!rig.runs(ready.pid));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sweep_never_ends_somebody_elses_process, Rig, Rigs)
{
    Rig rig;
    const common::Ready ready = rig.deploy();
    const std::string other = tests::fresh_run(); // whose record names the agent of our run
    const std::string record = std::string(common::state_folder) + '/' + other + "/agent.pid";
    const std::string boot = common::os::boot_id();
    const auto spares = [&](const std::string& text) {
        rig.write(record, text);
        rig.transport()->sweep(other, Deadline::in(limit));
        return rig.runs(ready.pid);
    };
    BOOST_TEST(spares(agent_record(ready.pid, ready.start_time + 1, boot))); // the pid came back
    BOOST_TEST(spares(agent_record(ready.pid, ready.start_time, "another boot")));
    BOOST_TEST(spares("soapstone-agent-pid 1\npid 1; kill " + std::to_string(ready.pid) + "\nstart 1\n"));
    BOOST_TEST(spares(""));
    rig.write(record, agent_record(1, 0, boot)); // no program of ours
    rig.transport()->sweep(other, Deadline::in(limit));
    BOOST_TEST(rig.runs(1));
    BOOST_TEST(!spares(agent_record(ready.pid, ready.start_time, boot)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sweep_takes_old_temporary_folders_but_not_those_in_use, Rig, Rigs)
{
    Rig rig;
    rig.write(rig.good + "/.soapstone-" + fresh_run() + ".old/packed", "x");
    const auto two_hours = std::filesystem::file_time_type::clock::now() - 2h;
    std::filesystem::last_write_time(rig.seen(rig.good + '/' + rig.names_in(rig.good)[0]), two_hours);
    rig.write(rig.good + "/.soapstone-" + fresh_run() + ".new/packed", "x");
    rig.write(rig.good + "/.soapstone-" + rig.run + ".own/packed", "x");
    rig.write(rig.good + "/.soapstone", "x");
    rig.write(rig.good + "/precious", "x");
    BOOST_TEST(rig.transport()->sweep(rig.run, Deadline::in(limit)).removed.size() == 2u);
    BOOST_TEST(rig.names_in(rig.good).size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
