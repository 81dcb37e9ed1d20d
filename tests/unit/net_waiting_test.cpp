#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

using namespace rig;

BOOST_AUTO_TEST_SUITE(net_waiting)

BOOST_AUTO_TEST_CASE(a_call_that_is_not_yet_answered_holds_no_thread)
{
    Router router;
    std::atomic<bool> due = false;
    std::atomic<int> asked = 0;
    router.call("/wait", 100,
                [&](const Request& request, const std::string& body) -> std::variant<Reply, NotYet> {
                    ++asked;
                    if (!due && !request.at_once)
                        return NotYet{[&] { return due.load(); }};
                    return Reply(200, body);
                });
    router.call("/echo", 100, echo);
    Host host(std::move(router)); // with two workers
    constexpr int waiting = 20;
    std::vector<std::jthread> callers;
    std::atomic<int> right = 0;
    for (int i = 0; i < waiting; ++i)
        callers.emplace_back([&, text = "caller " + std::to_string(i)] {
            Client client(host.loop, pair().client_context(), "127.0.0.1", host.port);
            const Reply reply = client.exchange(post("/wait", text), Deadline::in(20s));
            right += reply.status == 200 && reply.body == text;
        });
    while (asked < waiting)
        std::this_thread::sleep_for(10ms);
    Client client(host.loop, pair().client_context(), "127.0.0.1", host.port);
    BOOST_TEST(client.exchange(post("/echo", "hello"), Deadline::in(5s)).body == "hello");
    std::this_thread::sleep_for(600ms);
    BOOST_TEST(asked == waiting); // nobody is asked again before it is due
    due = true;
    callers.clear();
    BOOST_TEST(right == waiting);
    BOOST_TEST(asked == 2 * waiting);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_client_that_is_gone)
{
    Router router;
    std::atomic<int> asked = 0, gone = 0;
    router.call("/wait", 100, [&](const Request& request, const std::string&) -> std::variant<Reply, NotYet> {
        ++asked;
        gone += request.at_once ? 1 : 0;
        if (!request.at_once)
            return NotYet{[] { return false; }};
        return Reply(200);
    });
    Host host(std::move(router));
    {
        Raw guest(host.port);
        guest.send("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
        while (asked < 1)
            std::this_thread::sleep_for(10ms);
        std::this_thread::sleep_for(600ms);
        BOOST_TEST(asked == 1);
    }
    for (const auto deadline = Deadline::in(5s); gone < 1 && !deadline.passed();)
        std::this_thread::sleep_for(10ms);
    BOOST_TEST((asked == 2 && gone == 1));
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_leaves_nobody_waiting)
{
    Router router;
    std::atomic<int> asked = 0;
    const auto never = [] { return false; };
    router.call("/sees", 100, [&](const Request& request, const std::string&) -> std::variant<Reply, NotYet> {
        ++asked;
        if (!request.at_once)
            return NotYet{never};
        return Reply(200, "nothing new");
    });
    router.call("/deaf", 100, [&](const Request&, const std::string&) {
        ++asked;
        return NotYet{never};
    });
    Host host(std::move(router));
    Loop other{1, 1}; // the callers outlive the server
    std::map<std::string, int> answers;
    std::mutex mutex;
    std::vector<std::jthread> callers;
    for (const std::string path : {"/sees", "/deaf"})
        callers.emplace_back([&, path] {
            Client client(other, pair().client_context(), "127.0.0.1", host.port);
            const int status = client.exchange(post(path, "x"), Deadline::in(20s)).status;
            const std::lock_guard lock(mutex);
            answers[path] = status;
        });
    while (asked < 2)
        std::this_thread::sleep_for(10ms);
    const auto begin = std::chrono::steady_clock::now();
    host.server.stop(10s);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
    callers.clear();
    BOOST_TEST((answers["/sees"] == 200 && answers["/deaf"] == 503));
}

BOOST_AUTO_TEST_SUITE_END()
