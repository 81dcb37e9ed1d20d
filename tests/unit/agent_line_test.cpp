// Roads to an agent that cannot be had.
#include "manager/drivers/agent_line.hpp"
#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

using namespace rig;
using manager::drivers::AgentLine;
using manager::rollout::Road;
namespace transport = manager::transport;

namespace {

/// A way to a target whose line is cut: everything ends `unreachable`.
class CutTransport final : public transport::Transport {
public:
    transport::Platform scout(std::uint64_t, Deadline) override { cut(); }
    void copy(const transport::AgentBinary&, const Sent&, Deadline) override { cut(); }
    common::Ready start(const common::Orders&, Deadline) override { cut(); }
    std::unique_ptr<transport::Tunnel> tunnel(const transport::AgentAddress&, Deadline) override { cut(); }
    transport::Remains leftovers(const transport::Footprint&, Deadline) override { cut(); }
    transport::Condition examine(Deadline) override { cut(); }
    transport::Swept sweep(const std::string&, Deadline) override { cut(); }

private:
    [[noreturn]] static void cut() { throw Error(Trouble::unreachable, "the line is cut"); }
};

Trouble trouble_of(const std::function<void()>& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.trouble();
    }
    return Trouble::defect;
}

} // namespace

BOOST_AUTO_TEST_SUITE(agent_line)

BOOST_AUTO_TEST_CASE(an_agent_to_which_no_road_was_found_is_unreachable)
{
    Loop loop{1, 1};
    CutTransport cut;
    AgentLine line(loop, pair().client_context(), {"127.0.0.1", 1}, {1, 1, "127.0.0.1", 1}, cut, Road::tunnel,
                   [](const std::string&) {});
    BOOST_TEST((trouble_of([&] { line.choose(); }) == Trouble::unreachable));
    BOOST_TEST((trouble_of([&] { line.agent().shutdown(Deadline::in(1s)); }) == Trouble::unreachable));
}

BOOST_AUTO_TEST_SUITE_END()
