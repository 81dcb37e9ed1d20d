#pragma once

#include "common/secret.hpp"
#include "manager/transport/ssh/control/messages.hpp"
#include "manager/trust/credentials.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace manager::transport::ssh {

/// What one login is tried with.
struct LoginMeans {
    std::string user;
    trust::Keys keys;
    const common::Secret& password; ///< may be empty
};

/// Answers what an SSH child asks during one login, and no more than a login needs: each offer is signed
/// once, and only a request to log in this very user; the password is given once.
class LoginAnswers {
public:
    /// `means` must outlive this. `ident` is what the server calls itself; the offers depend on it.
    LoginAnswers(const LoginMeans& means, std::string_view ident);

    /// The offers of each of the keys, in their order.
    std::vector<control::OfferedKey> offered() const;

    /// Throws `defect` for a request that no login makes, and what the key throws.
    std::string sign(const control::SignRequest& request);

    /// Throws `defect` when there is none, or it was given before.
    std::string_view password();

    /// By what the login has come in, if it has: the last that was given out.
    std::string method() const { return password_given_ ? "password" : signed_.empty() ? "" : "publickey"; }

private:
    const LoginMeans& means_;
    std::vector<std::vector<trust::Offer>> offers_; ///< of each key
    std::set<std::pair<std::uint32_t, std::uint32_t>> signed_;
    bool password_given_ = false;
};

} // namespace manager::transport::ssh
