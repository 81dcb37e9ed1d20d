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
