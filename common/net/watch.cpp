#include "common/net/watch.hpp"

#include <sys/socket.h>

namespace common::net {

Watch::Item::Item(Watch& watch, int descriptor) : watch_(watch), descriptor_(descriptor)
{
    const std::lock_guard lock(watch_.mutex_);
    watch_.items_.push_back(*this);
}

Watch::Item::~Item()
{
    const std::lock_guard lock(watch_.mutex_);
    watch_.items_.erase(watch_.items_.iterator_to(*this));
}

void Watch::Item::cut()
{
    ::shutdown(descriptor_, SHUT_RDWR); // fails on a connection that is gone already, which is as well
}

void Watch::sweep()
{
    const Clock::rep now = Clock::now().time_since_epoch().count();
    const std::lock_guard lock(mutex_);
    for (Item& item : items_) {
        if (item.deadline_.load() > now || item.expired_.exchange(true))
            continue;
        item.cut();
    }
}

} // namespace common::net
