#include "manager/transport/ssh/child/pump.hpp"

#include "manager/transport/ssh/child/manager_questions.hpp"

#include <cerrno>
#include <sys/socket.h>

namespace manager::transport::ssh::child {

namespace {

constexpr std::size_t piece = 64 << 10; // bytes taken from the manager at once

bool try_again()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

void Pump::run()
{
    while (!done()) {
        bool moved = feed();
        const std::size_t room = command_.room();
        for (Outlet& outlet : outlets_)
            moved = drain(outlet) || moved;
        const bool took_in = command_.room() > room || (outlets_[0].waiting.empty() && command_.has_output());
        if (!moved && !took_in && !done())
            wait();
    }
}

bool Pump::done() const
{
    return outlets_[0].waiting.empty() && outlets_[1].waiting.empty() && command_.ended();
}

bool Pump::feed()
{
    const bool taken = offered_.empty() && input_open_ && take_input();
    if (!offered_.empty()) {
        const std::size_t put = command_.write_some(std::string_view(offered_).substr(sent_));
        sent_ += put;
        if (sent_ == offered_.size()) {
            offered_.clear();
            sent_ = 0;
        }
        return taken || put > 0;
    }
    if (input_open_ || input_ended_)
        return taken;
    input_ended_ = command_.end_input_some();
    return taken || input_ended_;
}

/// True when there is something new to pass on, be it the end.
bool Pump::take_input()
{
    char bytes[piece];
    const ssize_t got = ::recv(input_, bytes, sizeof bytes, MSG_DONTWAIT);
    const bool later = got < 0 && try_again();
    offered_.assign(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
    input_open_ = got > 0 || later;
    return !later;
}

bool Pump::drain(Outlet& outlet)
{
    const bool read = outlet.waiting.empty() && command_.read_some(outlet.stream, outlet.waiting);
    if (outlet.waiting.empty())
        return false;
    const ssize_t put =
        ::send(outlet.descriptor, outlet.waiting.data(), outlet.waiting.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && !try_again())
        throw ManagerGone{};
    if (put > 0)
        outlet.waiting.erase(0, static_cast<std::size_t>(put));
    return read || put > 0;
}

void Pump::wait()
{
    std::vector<pollfd> streams;
    for (const Outlet& outlet : outlets_)
        if (!outlet.waiting.empty())
            streams.push_back({outlet.descriptor, POLLOUT, 0});
    // With both ways out blocked and nothing to send, whatever the server says has to wait in the socket.
    const bool listening = streams.size() < std::size(outlets_) || !offered_.empty();
    if (input_open_ && offered_.empty())
        streams.push_back({input_, POLLIN, 0});
    session_.wait_also(std::move(streams), listening);
}

} // namespace manager::transport::ssh::child
