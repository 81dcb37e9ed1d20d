#include "manager/transport/ssh/login_answers.hpp"

#include "manager/transport/ssh/sign_request.hpp"

namespace manager::transport::ssh {

LoginAnswers::LoginAnswers(const LoginMeans& means, std::string_view ident) : means_(means)
{
    for (const trust::UserKeyHandle& key : means.keys.keys)
        offers_.push_back(trust::offers_for(*key, ident));
}

std::vector<control::OfferedKey> LoginAnswers::offered() const
{
    std::vector<control::OfferedKey> offered;
    for (std::size_t i = 0; i < offers_.size(); ++i)
        offered.push_back({means_.keys.keys[i]->name(), offers_[i]});
    return offered;
}

std::string LoginAnswers::sign(const control::SignRequest& request)
{
    if (request.key >= offers_.size() || request.offer >= offers_[request.key].size())
        control::nonsense("a signature was asked for with a key that is not there");
    const trust::Offer& offer = offers_[request.key][request.offer];
    if (!is_login_request(request.data, means_.user, offer))
        control::nonsense("a signature was asked for over something else than this login");
    if (!signed_.emplace(request.key, request.offer).second)
        control::nonsense("a second signature was asked for with the same key");
    return means_.keys.keys[request.key]->sign(request.data, offer.algorithm);
}

std::string_view LoginAnswers::password()
{
    if (means_.password.empty() || password_given_)
        control::nonsense("a password was asked for that is not to be had");
    password_given_ = true;
    return means_.password.reveal();
}

} // namespace manager::transport::ssh
