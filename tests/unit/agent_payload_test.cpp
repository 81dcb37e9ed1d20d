// Fetching payload from depots that are not what they seem to be.
#include "agent/payload.hpp"
#include "common/tls/hash.hpp"
#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

using namespace agent;
using namespace rig;

namespace {

common::JobOrder order_of(const std::string& payload)
{
    common::JobOrder order;
    order.sha256 = common::tls::sha256_hex(payload);
    order.size = payload.size();
    return order;
}

/// What `fetch` ends with when it is told to give up after `time`, in the end, from a depot of `context`.
Trouble end_of_fetch(const Host& host, std::shared_ptr<const Context> context, std::chrono::seconds time)
{
    const tests::Scratch scratch;
    const Failpoints none;
    Loop loop{1, 1};
    Delivery delivery;
    const Depot depot(
        loop, std::move(context), {{"127.0.0.1", host.port}}, [] {}, delivery, none);
    const Deadline end = Deadline::in(time);
    try {
        depot.fetch(order_of("payload"), scratch.path() / "payload", [&] { return end.passed(); });
    } catch (const Error& error) {
        return error.trouble();
    }
    return Trouble::defect;
}

} // namespace

BOOST_AUTO_TEST_SUITE(agent_payload)

BOOST_AUTO_TEST_CASE(a_stranger_who_took_the_port_of_a_dead_manager_does_not_end_the_job)
{
    const Host stranger(echo_router());
    const Identity dead_manager = Identity::make("dead");
    const auto context = Context::client(pair().client, common::tls::only(dead_manager.fingerprint()));
    BOOST_TEST((end_of_fetch(stranger, context, 5s) == Trouble::busy)); // it waited until it was told to stop
}

BOOST_AUTO_TEST_CASE(a_manager_who_does_not_have_the_payload_ends_it)
{
    const Host manager(echo_router());
    BOOST_TEST((end_of_fetch(manager, pair().client_context(), 60s) != Trouble::busy));
}

BOOST_AUTO_TEST_SUITE_END()
