#include "manager/serve/seats.hpp"

namespace manager::serve {

bool Seats::take(const std::string& caller)
{
    const std::lock_guard lock(mutex_);
    std::size_t& own = by_caller_[caller];
    if (taken_ >= most_ || own >= most_of_one_)
        return false; // an entry without places stays until one is given back; there are few callers
    ++taken_;
    ++own;
    return true;
}

void Seats::give_back(const std::string& caller)
{
    const std::lock_guard lock(mutex_);
    --taken_;
    if (--by_caller_[caller] == 0)
        by_caller_.erase(caller);
}

} // namespace manager::serve
