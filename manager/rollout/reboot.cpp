#include "manager/rollout/reboot.hpp"

#include <array>
#include <utility>

namespace manager::rollout {

namespace {

constexpr std::array<std::pair<RebootPolicy, std::string_view>, 3> names{
    {{RebootPolicy::never, "never"}, {RebootPolicy::needed, "needed"}, {RebootPolicy::always, "always"}}};

} // namespace

std::string_view name_of(RebootPolicy policy)
{
    for (const auto& [known, name] : names)
        if (known == policy)
            return name;
    return "";
}

std::optional<RebootPolicy> reboot_policy_named(std::string_view name)
{
    for (const auto& [policy, known] : names)
        if (known == name)
            return policy;
    return std::nullopt;
}

} // namespace manager::rollout
