#include "manager/cli/signals.hpp"

#include "common/error.hpp"

#include <array>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace manager::cli {

namespace {

/// A blocked signal reaches us even where it was to be ignored.
bool is_ignored(int signal)
{
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    return now.sa_handler == SIG_IGN;
}

} // namespace

Signals::Signals(std::function<void(int)> handle) : handle_(std::move(handle))
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    if (!is_ignored(SIGHUP))
        sigaddset(&ours, SIGHUP);
    signals_ = common::os::Descriptor(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
    end_ = common::os::Descriptor(::eventfd(0, EFD_CLOEXEC));
    if (signals_.get() < 0 || end_.get() < 0)
        throw common::system_error("waiting for signals");
    ::pthread_sigmask(SIG_BLOCK, &ours, &before_);
    thread_ = std::thread([this] { wait(); });
}

Signals::~Signals()
{
    ::eventfd_write(end_.get(), 1);
    thread_.join();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> Signals::first() const
{
    const int signal = first_;
    return signal == 0 ? std::nullopt : std::optional(signal);
}

void Signals::wait()
{
    std::array<pollfd, 2> watched{{{signals_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    for (;;) {
        ::poll(watched.data(), watched.size(), -1);
        if (watched[1].revents != 0)
            return;
        signalfd_siginfo info{};
        if (::read(signals_.get(), &info, sizeof info) != sizeof info)
            continue;
        int none = 0;
        first_.compare_exchange_strong(none, static_cast<int>(info.ssi_signo));
        handle_(static_cast<int>(info.ssi_signo));
    }
}

} // namespace manager::cli
