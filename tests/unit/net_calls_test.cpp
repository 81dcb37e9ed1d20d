#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace rig;

BOOST_AUTO_TEST_SUITE(net_calls)

BOOST_AUTO_TEST_CASE(a_call_is_answered_by_its_handler)
{
    Host host(echo_router());
    Client client(host.loop, pair().client_context(), "127.0.0.1", host.port);

    const Reply reply = client.exchange(post("/echo", "hello"), Deadline::in(5s));

    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.body == "hello");
}

BOOST_AUTO_TEST_CASE(what_the_gate_refuses_is_answered_before_its_body_comes)
{
    Router router;
    bool called = false;
    const auto handler = [&](const Request&, const std::string&) {
        called = true;
        return Reply(200);
    };
    const auto gate = [](const Request& request) -> std::optional<Reply> {
        return request.headers.find("Let-Me-In") ? std::nullopt : std::optional(Reply(401, "no\n"));
    };
    router.call("/gate", 1'000, handler, gate);
    Host host(std::move(router));
    Client client(host.loop, pair().client_context(), "127.0.0.1", host.port);

    BOOST_TEST(client.exchange(post("/gate", std::string(2'000, 'x')), Deadline::in(5s)).status == 401);
    BOOST_TEST(!called);
    auto exchange = post("/gate", "hello");
    exchange.headers.set("Let-Me-In", "please");
    BOOST_TEST(client.exchange(exchange, Deadline::in(5s)).status == 200);
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(brief_calls_that_take_long_after_all_leave_a_thread_to_the_network)
{
    std::promise<void> go;
    const std::shared_future<void> gone = go.get_future().share();
    std::atomic<int> inside = 0;
    const auto handler = [&, gone](const Request&, const std::string&) {
        ++inside;
        gone.wait();
        return Reply(200);
    };
    const auto closed = [](const Request&) { return std::optional(Reply(401, "no\n")); };
    Router router;
    router.call("/brief", 1'000, handler, {}, [](std::string_view) { return true; });
    router.call("/gate", 1'000, handler, closed);
    Host host(std::move(router)); // has two I/O threads and two workers
    Loop callers(1, 1);
    const auto status_of = [&](const std::string& target) {
        Client client(callers, pair().client_context(), "127.0.0.1", host.port);
        return client.exchange(post(target, "hello"), Deadline::in(10s)).status;
    };

    std::vector<std::future<int>> answers;
    for (int i = 0; i < 3; ++i)
        answers.push_back(std::async(std::launch::async, status_of, "/brief"));
    for (const auto deadline = Deadline::in(5s); inside < 3 && !deadline.passed();)
        std::this_thread::sleep_for(1ms);
    BOOST_TEST(inside == 3); // each worker has one, and an I/O thread
    BOOST_TEST(status_of("/gate") == 401);
    go.set_value();
    for (std::future<int>& answer : answers)
        BOOST_TEST(answer.get() == 200);
}

BOOST_AUTO_TEST_CASE(whoever_rests_is_not_waited_for_as_in_the_middle_of_a_request)
{
    Router router;
    router.call("/echo", 1'000, echo, {}, [](std::string_view) { return true; });
    Limits limits;
    limits.header = 1s;
    Loop loop(4, 1);
    Server server(loop, pair().server_context(), std::move(router), limits);
    const std::uint16_t port = server.listen("127.0.0.1", 0, 0).port;
    std::vector<std::unique_ptr<Raw>> guests(400);
    const auto call = [](Raw& guest) { // head and body come apart, so that two threads are told of them
        guest.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n");
        guest.send("hi");
        return status_of(guest.receive_answer());
    };
    const auto all = [&](std::size_t calls) {
        std::atomic<std::size_t> next = 0;
        std::atomic<int> lost = 0;
        std::vector<std::future<void>> threads;
        for (int i = 0; i < 8; ++i)
            threads.push_back(std::async(std::launch::async, [&] {
                for (std::size_t mine = next++; mine < guests.size(); mine = next++) {
                    if (!guests[mine])
                        guests[mine] = std::make_unique<Raw>(port);
                    for (std::size_t k = 0; k < calls; ++k)
                        lost += call(*guests[mine]) == 200 ? 0 : 1;
                }
            }));
        for (std::future<void>& thread : threads)
            thread.get();
        return lost.load();
    };

    BOOST_TEST(all(5) == 0);
    std::this_thread::sleep_for(1'800ms);
    BOOST_TEST(all(1) == 0);
}

BOOST_AUTO_TEST_CASE(a_file_is_pulled_whole)
{
    const tests::Scratch scratch;
    const std::string payload = pattern(3'000'000);
    const auto source = scratch.file("source", payload);
    Router router;
    router.get("/files/", [&](const Request&) { return SendFile{source, "application/octet-stream", "v1"}; });
    Host host(std::move(router));
    Client client(host.loop, pair().client_context(), "127.0.0.1", host.port);

    const std::uint64_t size = client.pull("/files/x", scratch.path() / "copy", 10'000'000, 5s);

    BOOST_TEST(size == payload.size());
    BOOST_TEST((content(scratch.path() / "copy") == payload));
}

BOOST_AUTO_TEST_SUITE_END()
