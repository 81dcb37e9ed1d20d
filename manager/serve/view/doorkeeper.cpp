#include "manager/serve/view/doorkeeper.hpp"

#include "common/secret.hpp"
#include "manager/serve/token.hpp"

#include <numeric>

namespace manager::serve::view {

namespace {

constexpr std::chrono::hours session_life{8};
constexpr std::size_t most_sessions = 64; ///< the oldest gives way
constexpr std::chrono::minutes memory{1};
constexpr unsigned most_misses = 5;      ///< of one address
constexpr unsigned most_misses_all = 50; ///< of all together; also bounds what is remembered

} // namespace

std::string Doorkeeper::new_link()
{
    const std::lock_guard lock(mutex_);
    link_ = new_token();
    return link_;
}

void Doorkeeper::forget_old_misses()
{
    std::erase_if(misses_, [this](const auto& entry) { return now_() - entry.second.since > memory; });
}

bool Doorkeeper::is_slowed_down(const std::string& address)
{
    forget_old_misses();
    const unsigned all =
        std::accumulate(misses_.begin(), misses_.end(), 0U,
                        [](unsigned sum, const auto& entry) { return sum + entry.second.count; });
    const auto mine = misses_.find(address);
    return all >= most_misses_all || (mine != misses_.end() && mine->second.count >= most_misses);
}

void Doorkeeper::missed(const std::string& address)
{
    Misses& misses = misses_.try_emplace(address, Misses{now_(), 0}).first->second;
    ++misses.count;
}

Doorkeeper::Entry Doorkeeper::enter(const std::string& secret, const std::string& address)
{
    const std::lock_guard lock(mutex_);
    if (is_slowed_down(address))
        return {Answer::wait, {}};
    if (link_.empty() || !common::same_secret(link_, secret)) {
        missed(address);
        return {Answer::wrong, {}};
    }
    link_.clear();
    if (sessions_.size() >= most_sessions)
        sessions_.erase(sessions_.begin());
    sessions_.push_back({new_token(), now_()});
    return {Answer::come_in, sessions_.back().cookie};
}

bool Doorkeeper::knows(const std::string& cookie)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [this](const Session& session) { return now_() - session.seen > session_life; });
    bool known = false;
    for (Session& session : sessions_) { // all of them, so that the time tells nothing
        const bool same = common::same_secret(session.cookie, cookie);
        if (same)
            session.seen = now_();
        known = known || same;
    }
    return known;
}

void Doorkeeper::leave(const std::string& cookie)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_,
                  [&](const Session& session) { return common::same_secret(session.cookie, cookie); });
}

} // namespace manager::serve::view
