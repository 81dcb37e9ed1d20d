#include "manager/cli/canceller.hpp"

#include <unistd.h>

namespace manager::cli {

void Canceller::speak_through(Progress* progress)
{
    const std::lock_guard lock(mutex_);
    progress_ = progress;
}

void Canceller::signal(int number)
{
    {
        const std::lock_guard lock(mutex_);
        if (count_ >= 2 && progress_ != nullptr)
            progress_->say(words_.at_once);
        if (count_ >= 2)
            ::_exit(128 + number);
    }
    ask_to_stop();
}

void Canceller::ask_to_stop()
{
    const std::lock_guard lock(mutex_);
    ++count_;
    if (progress_ != nullptr)
        progress_->say(count_ == 1 ? words_.first : words_.second);
    if (cancel_)
        cancel_();
}

void Canceller::attach(std::function<void()> cancel)
{
    const std::lock_guard lock(mutex_);
    cancel_ = std::move(cancel);
    if (!cancel_)
        progress_ = nullptr; // both go away now
    for (int i = 0; cancel_ && i < count_; ++i)
        cancel_();
}

} // namespace manager::cli
