// The agent's program as a whole: orders in, ready line out, then SOAP.
#include "agent/run_folder.hpp"
#include "agent/state_folder.hpp"
#include "common/bootstrap.hpp"
#include "common/job_order.hpp"
#include "common/soap/client.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "common/tls/signature.hpp"
#include "tests/support/agent_process_windows.hpp"
#include "tests/support/scratch.hpp"
#include "wireAgentProxy.h"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <thread>

using common::Deadline;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

xsd__base64Binary view(const std::string& bytes)
{
    xsd__base64Binary binary;
    binary.__ptr = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    binary.__size = static_cast<int>(bytes.size());
    return binary;
}

/// A manager, and an agent on this machine that has its orders.
class Pair {
public:
    Pair()
    {
        orders.run = common::to_hex(common::os::random_bytes(16));
        orders.target = "0";
        orders.epoch = 1;
        orders.nonce = common::to_hex(common::os::random_bytes(16));
        orders.manager_pin = identity.fingerprint();
        orders.order_key = common::to_hex(key.public_key());
        orders.listen_address = "127.0.0.1";
        orders.lease = 60s;
        agent = std::make_unique<tests::AgentProcess>(std::vector<std::string>(), orders.text());
        ready = common::Ready::parse(agent->line());
        BOOST_REQUIRE(ready.nonce == orders.nonce);
        client = std::make_unique<common::net::Client>(
            loop, common::tls::Context::client(identity, common::tls::only(ready.fingerprint)), "127.0.0.1",
            ready.port);
        caller = std::make_unique<common::soap::Caller>(*client, "/agent");
        proxy = std::make_unique<AgentProxy>(caller->context());
    }
    ~Pair()
    {
        agent.reset();
        std::error_code ignored;
        fs::remove_all(folder().root(), ignored);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    agent::RunFolder folder() const { return {agent::state_folder(), orders.run}; }

    template <typename Call>
    void call(Call made)
    {
        caller->call("calling the agent", Deadline::in(30s), made);
    }

    void submit(common::JobOrder order, const std::string& payload)
    {
        order.job = std::string(32, 'c');
        order.run = orders.run;
        order.target = orders.target;
        order.machine = ready.machine;
        order.sha256 = common::tls::sha256_hex(payload);
        order.size = payload.size();
        const std::string text = order.text();
        const std::string signature = key.sign(text);
        _agt__SubmitJob request;
        request.order = view(text);
        request.signature = view(signature);
        _agt__SubmitJobResponse response;
        call([&] { return proxy->SubmitJob(&request, response); });
        bring(order.sha256, payload);
    }

    /// There is no depot: the payload is brought once the agent wants it.
    void bring(const std::string& sha256, const std::string& payload)
    {
        _agt__GetEvents request;
        request.since = 0;
        request.waitSeconds = 0;
        request.most = 10;
        _agt__GetEventsResponse response;
        for (int i = 0; i < 300 && response.payloadWanted.value_or("") != sha256; ++i) {
            std::this_thread::sleep_for(100ms);
            call([&] { return proxy->GetEvents(&request, response); });
        }
        client->push("/payload/" + sha256, scratch.file("payload", payload), 10s);
    }

    wire::Job end_of_job()
    {
        _agt__GetStatus request;
        _agt__GetStatusResponse response;
        for (int i = 0; i < 600; ++i) {
            call([&] { return proxy->GetStatus(&request, response); });
            const wire::Job& job = response.status.jobs.at(0);
            if (job.endedAt)
                return job;
            std::this_thread::sleep_for(100ms);
        }
        return {};
    }

    void shut_down()
    {
        _agt__Shutdown request;
        _agt__ShutdownResponse response;
        call([&] { return proxy->Shutdown(&request, response); });
    }

    std::string log(const std::string& name)
    {
        const fs::path copy = scratch.path() / "log";
        client->pull("/logs/" + name, copy, 1 << 20, 10s);
        return common::os::read_file(copy);
    }

    tests::Scratch scratch;
    common::tls::Identity identity = common::tls::Identity::make("manager");
    common::tls::SigningKey key = common::tls::SigningKey::make();
    common::Orders orders;
    common::Ready ready;
    std::unique_ptr<tests::AgentProcess> agent;
    common::net::Loop loop{1, 1};
    std::unique_ptr<common::net::Client> client;
    std::unique_ptr<common::soap::Caller> caller;
    std::unique_ptr<AgentProxy> proxy;
};

} // namespace

BOOST_AUTO_TEST_SUITE(agent_windows)

BOOST_AUTO_TEST_CASE(an_agent_runs_a_job_and_leaves_nothing_but_its_logs)
{
    Pair pair;
    common::JobOrder order;
    order.kind = common::ComponentKind::cmd;
    order.name = "hello";
    order.file_name = "hello.cmd";
    order.arguments = {"big world"};
    pair.submit(order, "@echo off\r\necho hello %~1\r\n");
    const wire::Job job = pair.end_of_job();
    BOOST_TEST((job.state == wire::JobState::succeeded));
    BOOST_TEST(job.exitCode.value_or(-1) == 0);
    BOOST_TEST(pair.log(job.log.value()) == "hello big world\r\n");

    pair.shut_down();
    BOOST_TEST(pair.agent->wait() == 0);
    std::set<std::string> left;
    for (const fs::directory_entry& entry : fs::directory_iterator(pair.folder().root()))
        left.insert(entry.path().filename().string());
    BOOST_TEST((left == std::set<std::string>{"journal", "logs", "tombstone"}));
    BOOST_TEST(!fs::exists(agent::state_folder() / "lock"));
}

BOOST_AUTO_TEST_CASE(the_inventory_tells_what_windows_is)
{
    Pair pair;
    _agt__GetInventory request;
    _agt__GetInventoryResponse response;
    pair.call([&] { return pair.proxy->GetInventory(&request, response); });
    const wire::Inventory& inventory = response.inventory;
    BOOST_TEST(inventory.operatingSystem->id == "windows");
    BOOST_TEST(inventory.operatingSystem->version.find('.') != std::string::npos);
    BOOST_TEST(inventory.operatingSystem->machineId == pair.ready.machine);
    BOOST_TEST(inventory.processor->threads >= 1);
    BOOST_TEST(inventory.memory->totalBytes > inventory.memory->availableBytes);
    BOOST_TEST(std::any_of(inventory.fileSystems.begin(), inventory.fileSystems.end(),
                           [](const wire::FileSystem& system) { return system.mountPoint == "C:\\"; }));
    for (const std::string& problem : inventory.problems)
        BOOST_TEST_MESSAGE(problem);
}

BOOST_AUTO_TEST_CASE(a_second_run_is_told_who_works_on_the_target)
{
    const Pair first;
    common::Orders other = first.orders;
    other.run = common::to_hex(common::os::random_bytes(16));
    tests::AgentProcess second({}, other.text());
    BOOST_TEST(second.line().find("run " + first.orders.run) != std::string::npos);
    BOOST_TEST(second.wait() == common::agent_busy_status);
    std::error_code ignored;
    fs::remove_all(agent::RunFolder(agent::state_folder(), other.run).root(), ignored);
}

BOOST_AUTO_TEST_CASE(a_fresh_agent_stops_the_one_before_it)
{
    Pair pair;
    common::Orders fresh = pair.orders;
    fresh.epoch = 2;
    tests::AgentProcess second({}, fresh.text());
    BOOST_TEST(common::Ready::parse(second.line()).nonce == fresh.nonce);
    BOOST_TEST(pair.agent->wait() == 0); // it went by itself
}

BOOST_AUTO_TEST_SUITE_END()
