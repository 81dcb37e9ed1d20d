#include "manager/link/roster.hpp"

#include <algorithm>

namespace manager::link {

void Roster::admit(const std::string& pin, const RunTarget& target, AgentFacts facts)
{
    const common::SystemTime now = std::chrono::system_clock::now();
    const std::lock_guard lock(mutex_);
    std::erase_if(agents_, [&](const auto& entry) { return entry.second.target == target; });
    agents_[pin] = {target, std::move(facts), std::nullopt, now, now};
}

void Roster::heard(const std::string& pin, std::optional<rollout::Road> road)
{
    const std::lock_guard lock(mutex_);
    const auto found = agents_.find(pin);
    if (found == agents_.end())
        return;
    found->second.heard = std::chrono::system_clock::now();
    if (road)
        found->second.road = road;
}

void Roster::allow(const RunTarget& target, const std::string& sha256, const std::filesystem::path& file)
{
    const std::lock_guard lock(mutex_);
    payloads_[target][sha256] = file;
}

void Roster::dismiss(const RunTarget& target)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(agents_, [&](const auto& entry) { return entry.second.target == target; });
    payloads_.erase(target);
}

std::optional<RunTarget> Roster::target_of(const std::string& pin) const
{
    const std::lock_guard lock(mutex_);
    const auto found = agents_.find(pin);
    return found == agents_.end() ? std::nullopt : std::optional(found->second.target);
}

std::optional<std::filesystem::path> Roster::payload(const std::string& pin, const std::string& sha256) const
{
    const std::lock_guard lock(mutex_);
    const auto agent = agents_.find(pin);
    if (agent == agents_.end())
        return std::nullopt;
    const auto payloads = payloads_.find(agent->second.target);
    if (payloads == payloads_.end())
        return std::nullopt;
    const auto file = payloads->second.find(sha256);
    return file == payloads->second.end() ? std::nullopt : std::optional(file->second);
}

std::vector<AgentAtWork> Roster::agents() const
{
    std::vector<AgentAtWork> agents;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [pin, agent] : agents_)
            agents.push_back(agent);
    }
    std::sort(agents.begin(), agents.end(),
              [](const auto& one, const auto& other) { return one.target < other.target; });
    return agents;
}

} // namespace manager::link
