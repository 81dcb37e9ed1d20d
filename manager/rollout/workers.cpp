#include "manager/rollout/workers.hpp"

namespace manager::rollout {

Workers::~Workers()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        tasks_.clear();
    }
    arrived_.notify_all();
    threads_.clear(); // joins
}

void Workers::add(Task task, bool urgent)
{
    const std::lock_guard lock(mutex_);
    if (urgent)
        tasks_.push_front(std::move(task));
    else
        tasks_.push_back(std::move(task));
    if (tasks_.size() > idle_ && threads_.size() < most_)
        threads_.emplace_back([this] { work(); });
    arrived_.notify_one();
}

void Workers::work()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        arrived_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
        --idle_;
        if (ending_)
            return;
        Task task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = nullptr; // what it holds goes on this thread, without the lock
        lock.lock();
    }
}

} // namespace manager::rollout
