#include "agent/order_rules.hpp"

#include "common/error.hpp"
#include "common/tls/signature.hpp"

namespace agent {

using common::Error;
using common::Trouble;

namespace {

constexpr std::size_t most_order_bytes = 32 << 10;

} // namespace

void OrderRules::check_signature(const std::string& order, const std::string& signature) const
{
    if (order.size() > most_order_bytes)
        throw Error(Trouble::invalid, "the order is larger than 32 KiB");
    if (!common::tls::is_signed(order, signature, key))
        throw Error(Trouble::denied, "the order is not signed by this run's key");
}

void OrderRules::check_address(const std::string& for_run, const std::string& for_target,
                               const std::string& for_machine) const
{
    if (for_run != run || for_target != target)
        throw Error(Trouble::denied, "the order is for another run or target");
    if (!for_machine.empty() && for_machine != machine)
        throw Error(Trouble::denied, "the order is for another machine");
}

} // namespace agent
