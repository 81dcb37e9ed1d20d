#include "manager/serve/budget.hpp"

namespace manager::serve {

std::shared_ptr<void> Budget::take(const std::string& caller)
{
    const std::lock_guard lock(mutex_);
    std::size_t& taken = taken_[caller];
    if (taken >= most_of_one_)
        return nullptr;
    ++taken;
    return {this, [this, caller](void*) { give_back(caller); }};
}

std::size_t Budget::taken(const std::string& caller) const
{
    const std::lock_guard lock(mutex_);
    const auto found = taken_.find(caller);
    return found == taken_.end() ? 0 : found->second;
}

void Budget::give_back(const std::string& caller)
{
    const std::lock_guard lock(mutex_);
    const auto found = taken_.find(caller);
    if (--found->second == 0)
        taken_.erase(found);
}

} // namespace manager::serve
