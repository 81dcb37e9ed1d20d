#pragma once

#include "common/net/core.hpp"
#include "common/net/watch.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <thread>
#include <utility> // Boost 1.74's Asio forgets it

namespace common::net {

/// What runs inside a Loop. Coroutines here follow one rule, because g++ 12 miscompiles other uses: co_await
/// is always a whole statement (`T x = co_await f(...);`), never part of an expression or condition, and what
/// it is called with has a name.
struct Loop::Inside {
    Inside(std::size_t io_threads, std::size_t worker_threads);
    ~Inside();

    /// Runs `work` on the I/O threads while the caller waits; what it throws leaves here. Throws `defect` on
    /// an I/O thread, which would wait for itself.
    template <typename Result>
    Result wait_for(asio::awaitable<Result> work)
    {
        refuse_on_io_thread();
        std::optional<Result> result; // Asio's own way asks for a default constructor
        asio::co_spawn(io, keep(std::move(work), result), asio::use_future).get();
        return std::move(*result);
    }
    void wait_for(asio::awaitable<void> work)
    {
        refuse_on_io_thread();
        asio::co_spawn(io, std::move(work), asio::use_future).get();
    }

    static void refuse_on_io_thread();

    /// Runs `work`, which may block but must not throw, on this I/O thread. False, and nothing is done, when
    /// that is the last one that is left for the network.
    bool run_here(const std::function<void()>& work);

    Watch watch; // first: connections that go down with the contexts still leave it
    asio::io_context io;
    asio::executor_work_guard<asio::io_context::executor_type> busy;
    asio::thread_pool workers;
    std::vector<std::thread> threads;

private:
    std::atomic<int> spare_; ///< I/O threads that handlers may still take

    template <typename Result>
    static asio::awaitable<void> keep(asio::awaitable<Result> work, std::optional<Result>& result)
    {
        Result value = co_await std::move(work);
        result.emplace(std::move(value));
    }
};

/// Runs `work` on a worker, resumes on the coroutine's own executor. `work` must not throw.
asio::awaitable<void> on_worker(asio::thread_pool& workers, const std::function<void()>& work);

} // namespace common::net
