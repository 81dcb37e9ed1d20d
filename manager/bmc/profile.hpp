#pragma once

#include <array>
#include <string_view>

namespace manager::bmc {

struct Service;

/// How HttpPushUri is to be used.
enum class PushWay {
    octets,  ///< POST of the image as it is
    form,    ///< HPE: a form with the session's key, which no Basic login has
    staged,  ///< Dell: a form with If-Match, then SimpleUpdate of what was stored
    targets, ///< Lenovo: first the push is reserved and its target named
};

/// What one family of BMCs does in its own way. A BMC that none knows is taken for `generic`.
struct Profile {
    std::string_view name;                   ///< for people
    std::array<std::string_view, 2> vendors; ///< how Vendor of the service root may begin, in lower case
    PushWay push = PushWay::octets;
    bool two_steps = false;    ///< MultipartHttpPushUri stores and checks, StartUpdate begins
    bool names_target = false; ///< UpdateParameters must name the entry that the image is for
    bool takes_fwpkg = false;  ///< HPE's packages, as they are
    bool bare_fetch = false; ///< SimpleUpdate wants a URI without scheme, and the system or manager as target
};

const Profile& profile_of(const Service& service);

} // namespace manager::bmc
