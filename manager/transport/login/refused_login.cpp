#include "manager/transport/login/refused_login.hpp"

#include "common/text.hpp"

#include <algorithm>

namespace manager::transport::login {

namespace {

std::string hint_for(const RefusedLogin& refused)
{
    if (refused.half_way && !refused.had_password)
        return "the key was right, but the server wants a password as well: --ask-password";
    if (!refused.offered.empty() &&
        std::find(refused.offered.begin(), refused.offered.end(), "publickey") == refused.offered.end())
        return "give the password with --ask-password or --password-file";
    return "give a key with --identity, or the password with --ask-password or --password-file";
}

} // namespace

common::Error error_of(const RefusedLogin& refused)
{
    std::string text = "the SSH server refused the login of " + refused.user;
    text += refused.tried.empty() ? std::string(": there was nothing to try")
                                  : ": it did not accept " + common::join(refused.tried, ", ");
    if (!refused.offered.empty())
        text += "; it offers " + common::one_line(common::join(refused.offered, ", "), 100);
    if (!refused.notes.empty())
        text += " (" + common::join(refused.notes, "; ") + ')';
    return {common::Trouble::denied, text, hint_for(refused)};
}

} // namespace manager::transport::login
