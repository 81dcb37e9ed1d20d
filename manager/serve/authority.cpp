#include "manager/serve/authority.hpp"

#include "wire_contract.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace manager::serve {

namespace {

/// The lowest role that may call an operation.
struct Right {
    std::string_view operation;
    Role least;
};

constexpr std::array rights{
    Right{"GetManagerStatus", Role::viewer},
    Right{"GetRuns", Role::viewer},
    Right{"GetRun", Role::viewer},
    Right{"GetRunEvents", Role::viewer},
    Right{"GetLogs", Role::viewer},
    Right{"ReadLog", Role::viewer},
    Right{"GetEvents", Role::viewer},
    Right{"GetResults", Role::viewer},
    Right{"Deploy", Role::operator_role},
    Right{"CancelRun", Role::operator_role},
    Right{"PauseRun", Role::operator_role},
    Right{"ContinueRun", Role::operator_role},
    Right{"ResumeRun", Role::operator_role},
    Right{"PutCredential", Role::admin},
    Right{"GetCredentials", Role::operator_role},
    Right{"RemoveCredential", Role::admin},
    Right{"PutTargets", Role::operator_role},
    Right{"GetTargets", Role::viewer},
    Right{"RemoveTargets", Role::operator_role},
    Right{"GetGroups", Role::viewer},
    Right{"AddComponent", Role::admin},
    Right{"GetKeptComponents", Role::viewer},
    Right{"RemoveComponent", Role::operator_role},
    Right{"TakeInventory", Role::operator_role},
    Right{"CheckTargets", Role::operator_role},
    Right{"CleanUpTargets", Role::operator_role},
    Right{"VisitBmcs", Role::operator_role},
    Right{"GetErrand", Role::viewer},
    Right{"CancelErrand", Role::operator_role},
    Right{"GetInventory", Role::viewer},
    Right{"GetReport", Role::viewer},
    Right{"GetHealth", Role::viewer},
    Right{"GetVersion", Role::viewer},
    Right{"GetAgents", Role::viewer},
};

constexpr const Right* right_to(std::string_view operation)
{
    const auto* found = std::find_if(rights.begin(), rights.end(),
                                     [&](const Right& right) { return right.operation == operation; });
    return found == rights.end() ? nullptr : found;
}

static_assert(std::all_of(std::begin(wire::contract::operations), std::end(wire::contract::operations),
                          [](std::string_view operation) { return right_to(operation) != nullptr; }),
              "an operation of manager.wsdl has no row in the table of rights");
static_assert(std::size(wire::contract::operations) == rights.size(),
              "the table of rights names an operation that manager.wsdl does not have");

constexpr std::array names{std::string_view("viewer"), std::string_view("operator"),
                           std::string_view("admin")};

} // namespace

std::string_view name_of(Role role)
{
    return names.at(static_cast<std::size_t>(role));
}

std::optional<Role> role_named(std::string_view name)
{
    const auto* found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? std::nullopt : std::optional(static_cast<Role>(found - names.begin()));
}

bool is_operation(std::string_view name)
{
    return right_to(name) != nullptr;
}

bool may_call(Role role, std::string_view operation)
{
    const Right* right = right_to(operation);
    return right != nullptr && role >= right->least;
}

} // namespace manager::serve
