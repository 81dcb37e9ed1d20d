#include "manager/link/roster.hpp"

namespace manager::link {

void Roster::admit(const std::string& pin, const RunTarget& target)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(targets_, [&](const auto& entry) { return entry.second == target; });
    targets_[pin] = target;
}

void Roster::allow(const RunTarget& target, const std::string& sha256, const std::filesystem::path& file)
{
    const std::lock_guard lock(mutex_);
    payloads_[target][sha256] = file;
}

void Roster::dismiss(const RunTarget& target)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(targets_, [&](const auto& entry) { return entry.second == target; });
    payloads_.erase(target);
}

std::optional<RunTarget> Roster::target_of(const std::string& pin) const
{
    const std::lock_guard lock(mutex_);
    const auto found = targets_.find(pin);
    return found == targets_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::filesystem::path> Roster::payload(const std::string& pin, const std::string& sha256) const
{
    const std::lock_guard lock(mutex_);
    const auto target = targets_.find(pin);
    if (target == targets_.end())
        return std::nullopt;
    const auto payloads = payloads_.find(target->second);
    if (payloads == payloads_.end())
        return std::nullopt;
    const auto file = payloads->second.find(sha256);
    return file == payloads->second.end() ? std::nullopt : std::optional(file->second);
}

} // namespace manager::link
