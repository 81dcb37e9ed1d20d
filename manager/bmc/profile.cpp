#include "manager/bmc/profile.hpp"

#include "common/lower_case.hpp"
#include "manager/bmc/redfish.hpp"

#include <array>

namespace manager::bmc {

namespace {

// clang-format off
constexpr std::array profiles{
    Profile{.name = "HPE iLO",         .vendor = "hpe",        .push = PushWay::form, .takes_fwpkg = true},
    Profile{.name = "Dell iDRAC",      .vendor = "dell",       .push = PushWay::staged},
    Profile{.name = "Lenovo XCC",      .vendor = "lenovo",     .push = PushWay::targets},
    Profile{.name = "Supermicro",      .vendor = "supermicro", .two_steps = true, .names_target = true},
    Profile{.name = "generic Redfish", .vendor = "",           .names_target = true}, // also OpenBMC
};
// clang-format on

} // namespace

const Profile& profile_of(const Service& service)
{
    const std::string vendor = common::lower_case(service.vendor);
    const std::string product = common::lower_case(service.product);
    for (const Profile& profile : profiles)
        if (vendor.starts_with(profile.vendor) ||
            (!profile.vendor.empty() && product.starts_with(profile.vendor)))
            return profile;
    return profiles.back();
}

} // namespace manager::bmc
