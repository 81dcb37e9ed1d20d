#include "manager/serve/lockout.hpp"

namespace manager::serve {

bool Lockout::is_locked(const std::string& address, TimePoint now)
{
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(address);
    return found != records_.end() && now < found->second.until;
}

void Lockout::failed(const std::string& address, TimePoint now)
{
    const std::lock_guard lock(mutex_);
    if (records_.size() >= most_addresses)
        std::erase_if(records_, [&](const auto& entry) { return entry.second.until <= now; });
    if (records_.size() >= most_addresses) // all of them are locked: somebody has many addresses
        records_.clear();
    Record& record = records_[address];
    if (++record.failures > tries)
        record.until = now + pause;
}

void Lockout::succeeded(const std::string& address)
{
    const std::lock_guard lock(mutex_);
    records_.erase(address);
}

} // namespace manager::serve
