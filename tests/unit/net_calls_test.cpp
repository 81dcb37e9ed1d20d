#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

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
    const auto handler = [&](const Request&, std::string) {
        called = true;
        return Reply(200);
    };
    const auto gate = [](const Request& request) -> std::optional<Reply> {
        return request.headers.find("Let-Me-In") ? std::nullopt : std::optional(Reply(401, "no\n"));
    };
    router.call("/gate", 1'000, handler, Run::worker, gate);
    Host host(std::move(router));
    Client client(host.loop, pair().client_context(), "127.0.0.1", host.port);

    BOOST_TEST(client.exchange(post("/gate", std::string(2'000, 'x')), Deadline::in(5s)).status == 401);
    BOOST_TEST(!called);
    auto exchange = post("/gate", "hello");
    exchange.headers.set("Let-Me-In", "please");
    BOOST_TEST(client.exchange(exchange, Deadline::in(5s)).status == 200);
    BOOST_TEST(called);
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
