#include "manager/transport/ssh/sign_request.hpp"

#include "manager/trust/wire.hpp"

#include <algorithm>
#include <array>

namespace manager::transport::ssh {

namespace {

constexpr char userauth_request = 50; // SSH_MSG_USERAUTH_REQUEST

/// A session's id is a hash: SHA-1, SHA-256, SHA-384 or SHA-512.
bool is_session_id(std::string_view id)
{
    constexpr std::array<std::size_t, 4> sizes{20, 32, 48, 64};
    return std::find(sizes.begin(), sizes.end(), id.size()) != sizes.end();
}

} // namespace

bool is_login_request(std::string_view data, std::string_view user, const trust::Offer& offer)
{
    namespace wire = trust::wire;
    wire::Reader reader(data);
    const std::optional<std::string_view> session = reader.string();
    if (!session || !is_session_id(*session))
        return false;
    constexpr char yes = 1; // a signature follows
    return reader.rest() == std::string(1, userauth_request) + wire::string(user) +
                                wire::string("ssh-connection") + wire::string("publickey") + yes +
                                wire::string(offer.algorithm) + wire::string(offer.blob);
}

} // namespace manager::transport::ssh
