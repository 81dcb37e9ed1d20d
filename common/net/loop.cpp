#include "common/net/loop.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace common::net {

namespace {

thread_local bool is_io_thread = false;

asio::awaitable<void> sweep_for_ever(Watch& watch, asio::io_context& io)
{
    asio::steady_timer timer(io);
    for (;;) {
        timer.expires_after(Watch::interval);
        co_await timer.async_wait(asio::use_awaitable);
        watch.sweep();
    }
}

} // namespace

Loop::Inside::Inside(std::size_t io_threads, std::size_t worker_threads)
    : io(static_cast<int>(io_threads)), busy(asio::make_work_guard(io)), workers(worker_threads),
      spare_(static_cast<int>(io_threads) - 1)
{
    survive_broken_connections();
    asio::co_spawn(io, sweep_for_ever(watch, io), asio::detached);
    for (std::size_t i = 0; i < io_threads; ++i)
        threads.emplace_back([this] {
            is_io_thread = true;
            io.run();
        });
}

Loop::Inside::~Inside()
{
    workers.join();
    io.stop();
    for (std::thread& thread : threads)
        thread.join();
}

void Loop::Inside::refuse_on_io_thread()
{
    if (is_io_thread)
        throw Error(Trouble::defect, "a call that waits for the network was made on a network thread");
}

bool Loop::Inside::run_here(const std::function<void()>& work)
{
    const bool may = spare_.fetch_sub(1) > 0;
    if (may)
        work();
    ++spare_;
    return may;
}

asio::awaitable<void> on_worker(asio::thread_pool& workers, const std::function<void()>& work)
{
    auto start = [&workers, &work](auto resume) {
        asio::post(workers, [resume = std::move(resume), &work]() mutable {
            work();
            const auto home = asio::get_associated_executor(resume);
            asio::post(home,
                       std::move(resume)); // the coroutine goes on where it came from, not on the worker
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
}

Loop::Loop(std::size_t io_threads, std::size_t workers)
    : inside_(std::make_unique<Inside>(io_threads, workers))
{
}
Loop::~Loop() = default;

} // namespace common::net
