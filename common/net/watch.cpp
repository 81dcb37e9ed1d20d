#include "common/net/watch.hpp"

namespace common::net {

Watch::Item::Item(Watch& watch, Tcp::socket& socket) : watch_(watch), socket_(socket)
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
    cut_ = true;
    net::cut(socket_);
}

void Watch::sweep()
{
    const Clock::rep now = Clock::now().time_since_epoch().count();
    const std::lock_guard lock(mutex_);
    for (Item& item : items_) {
        if (item.deadline_.load() <= now)
            item.expired_ = true;
        // Also what was cut before: on Windows, a cut does not wake who begins to wait at the same moment.
        if (item.expired_ || item.cut_)
            item.cut();
    }
}

} // namespace common::net
