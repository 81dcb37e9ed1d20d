#include "manager/rollout/workers.hpp"

#include <algorithm>
#include <numeric>

namespace manager::rollout {

Workers::~Workers()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        tasks_ = {};
    }
    arrived_.notify_all();
    threads_.clear(); // joins
}

void Workers::add(Task task, Urgency urgency)
{
    const std::lock_guard lock(mutex_);
    tasks_.at(static_cast<std::size_t>(urgency)).push_back(std::move(task));
    if (waiting() > idle_ && threads_.size() < most_)
        threads_.emplace_back([this] { work(); });
    arrived_.notify_one();
}

std::size_t Workers::waiting() const
{
    return std::accumulate(tasks_.begin(), tasks_.end(), std::size_t{0},
                           [](std::size_t sum, const auto& tasks) { return sum + tasks.size(); });
}

Workers::Task Workers::take()
{
    auto& first =
        *std::find_if_not(tasks_.begin(), tasks_.end(), [](const auto& tasks) { return tasks.empty(); });
    Task task = std::move(first.front());
    first.pop_front();
    return task;
}

void Workers::work()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        arrived_.wait(lock, [&] { return ending_ || waiting() > 0; });
        --idle_;
        if (ending_)
            return;
        Task task = take();
        lock.unlock();
        task();
        task = nullptr; // what it holds goes on this thread, without the lock
        lock.lock();
    }
}

} // namespace manager::rollout
