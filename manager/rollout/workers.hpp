#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace manager::rollout {

/// What goes first when all threads are busy.
enum class Urgency {
    now,   ///< what renews a lease, or stops something
    begun, ///< goes on with what a target already waits for
    fresh  ///< begins something new
};

/// A bounded number of threads for calls that block. Threads are made when there is work for them.
class Workers {
public:
    using Task = std::function<void()>; ///< must not throw

    explicit Workers(std::size_t most) : most_(most) {}
    /// Waits for the tasks that run; those that wait are dropped.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Any thread. Tasks of one urgency are begun in the order in which they came.
    void add(Task task, Urgency urgency);

private:
    void work();
    std::size_t waiting() const;
    Task take();

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::array<std::deque<Task>, 3> tasks_; ///< by urgency
    std::size_t most_;
    std::size_t idle_ = 0;
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

} // namespace manager::rollout
