#include "manager/bmc/profile.hpp"

#include "common/lower_case.hpp"
#include "manager/bmc/redfish.hpp"

#include <array>

namespace manager::bmc {

namespace {

// clang-format off
constexpr std::array profiles{
    Profile{.name = "HPE iLO",         .vendors = {"hpe"},                .push = PushWay::form, .takes_fwpkg = true},
    Profile{.name = "Dell iDRAC",      .vendors = {"dell"},               .push = PushWay::staged},
    Profile{.name = "Lenovo XCC",      .vendors = {"lenovo"},             .push = PushWay::targets},
    Profile{.name = "Supermicro",      .vendors = {"supermicro", "smci"}, .two_steps = true, .names_target = true,
                                                                          .bare_fetch = true},
    Profile{.name = "generic Redfish", .vendors = {},                     .names_target = true}, // also OpenBMC
};
// clang-format on

} // namespace

const Profile& profile_of(const Service& service)
{
    const std::string vendor = common::lower_case(service.vendor);
    for (const Profile& profile : profiles)
        for (const std::string_view beginning : profile.vendors)
            if (!beginning.empty() && vendor.starts_with(beginning))
                return profile;
    return profiles.back();
}

} // namespace manager::bmc
