#include "manager/serve/changes.hpp"

#include "common/error.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace manager::serve {

namespace {

/// A waiting caller learns of an event this much later at most; the store is asked 10 times a second.
constexpr std::chrono::milliseconds interval{100};

/// Nothing when the store cannot tell: whoever waits is to see for itself.
std::optional<std::uint64_t> revision_of(const rollout::Store& store)
{
    try {
        return store.revision();
    } catch (const common::Error&) {
        return std::nullopt;
    }
}

} // namespace

Changes::Changes(const rollout::Store& store)
    : thread_([this, &store](const std::stop_token& stop) { watch(stop, store); })
{
}

void Changes::watch(const std::stop_token& stop, const rollout::Store& store)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    std::optional<std::uint64_t> known;
    while (!stop.stop_requested()) {
        const std::optional<std::uint64_t> revision = revision_of(store);
        if (!revision || revision != known)
            add();
        known = revision;
        never.wait_for(lock, stop, interval, [] { return false; });
    }
}

} // namespace manager::serve
