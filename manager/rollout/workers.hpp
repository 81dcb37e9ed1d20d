#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace manager::rollout {

/// A bounded number of threads for calls that block. Threads are made when there is work for them.
class Workers {
public:
    using Task = std::function<void()>; ///< must not throw

    explicit Workers(std::size_t most) : most_(most) {}
    /// Waits for the tasks that run; those that wait are dropped.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Any thread. `urgent` tasks (polls, which renew leases, and cancels) go before all that wait.
    void add(Task task, bool urgent = false);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Task> tasks_;
    std::size_t most_;
    std::size_t idle_ = 0;
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

} // namespace manager::rollout
