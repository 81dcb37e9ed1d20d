#include "common/net/guests.hpp"

namespace common::net {

Place::~Place()
{
    guests_.dismiss(address_);
}

std::unique_ptr<Place> Guests::admit(const std::string& address)
{
    {
        const std::lock_guard lock(mutex_);
        std::size_t& here = per_address_[address];
        const bool full = closing_ || count_ >= most_ || (most_per_address_ > 0 && here >= most_per_address_);
        if (full && here == 0)
            per_address_.erase(address);
        if (full)
            return nullptr;
        ++here;
        ++count_;
    }
    return std::make_unique<Place>(*this, address);
}

void Guests::dismiss(const std::string& address)
{
    const std::lock_guard lock(mutex_);
    if (--per_address_[address] == 0)
        per_address_.erase(address);
    --count_;
    gone_.notify_all(); // under the lock: whoever waits may destroy this right after
}

void Guests::enter(Stream& stream)
{
    const std::lock_guard lock(mutex_);
    streams_[&stream] = true;
    if (closing_)
        stream.cut();
}

void Guests::leave(Stream& stream)
{
    const std::lock_guard lock(mutex_);
    streams_.erase(&stream);
}

bool Guests::rest(Stream& stream)
{
    const std::lock_guard lock(mutex_);
    streams_[&stream] = true;
    return !closing_;
}

void Guests::wake(Stream& stream)
{
    const std::lock_guard lock(mutex_);
    streams_[&stream] = false;
}

bool Guests::closing() const
{
    const std::lock_guard lock(mutex_);
    return closing_;
}

bool Guests::open_door()
{
    const std::lock_guard lock(mutex_);
    if (!closing_)
        ++doors_;
    return !closing_;
}

void Guests::close_door()
{
    const std::lock_guard lock(mutex_);
    --doors_;
    gone_.notify_all();
}

void Guests::close()
{
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const auto& [stream, resting] : streams_)
        if (resting)
            stream->cut();
}

void Guests::wait_until_empty(std::chrono::milliseconds grace)
{
    std::unique_lock lock(mutex_);
    const auto empty = [this] { return count_ == 0 && doors_ == 0; };
    if (gone_.wait_for(lock, grace, empty))
        return;
    for (const auto& [stream, resting] : streams_)
        stream->cut();
    gone_.wait(lock, empty);
}

} // namespace common::net
