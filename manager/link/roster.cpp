#include "manager/link/roster.hpp"

namespace manager::link {

void Roster::admit(const std::string& pin, std::size_t target)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(targets_, [&](const auto& entry) { return entry.second == target; });
    targets_[pin] = target;
}

void Roster::allow(std::size_t target, const std::string& sha256)
{
    const std::lock_guard lock(mutex_);
    payloads_[target].insert(sha256);
}

void Roster::dismiss(std::size_t target)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(targets_, [&](const auto& entry) { return entry.second == target; });
    payloads_.erase(target);
}

std::optional<std::size_t> Roster::target_of(const std::string& pin) const
{
    const std::lock_guard lock(mutex_);
    const auto found = targets_.find(pin);
    return found == targets_.end() ? std::nullopt : std::optional(found->second);
}

bool Roster::may_fetch(const std::string& pin, const std::string& sha256) const
{
    const std::lock_guard lock(mutex_);
    const auto target = targets_.find(pin);
    if (target == targets_.end())
        return false;
    const auto payloads = payloads_.find(target->second);
    return payloads != payloads_.end() && payloads->second.contains(sha256);
}

} // namespace manager::link
