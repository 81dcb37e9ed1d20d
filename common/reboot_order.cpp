#include "common/reboot_order.hpp"

#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/text.hpp"

namespace common {

namespace {

constexpr std::string_view order_format = "soapstone-reboot-order 1";

} // namespace

std::string RebootOrder::text() const
{
    Fields fields{std::string(order_format)};
    fields.add("run", run)
        .add("target", target)
        .add("machine", machine)
        .add("boot", boot)
        .add("delay", static_cast<std::uint64_t>(delay.count()))
        .add("message", message);
    return fields.text();
}

RebootOrder RebootOrder::parse(std::string_view text)
{
    const Fields fields = Fields::parse(text, order_format);
    RebootOrder order;
    order.run = fields.get("run");
    order.target = fields.get("target");
    order.machine = fields.get("machine");
    order.boot = fields.get("boot");
    order.delay =
        std::chrono::seconds(fields.number("delay", static_cast<std::uint64_t>(longest_delay.count())));
    order.message = fields.get("message");
    if (order.boot.empty())
        throw Error(Trouble::invalid, "an order to reboot does not name the boot that is to end");
    if (order.message.size() > longest_message || one_line(order.message) != order.message)
        throw Error(Trouble::invalid, "the message in an order to reboot is no line of 256 bytes at most");
    return order;
}

} // namespace common
