#pragma once

#include "manager/rollout/store.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace manager::serve {

/// Counts what is new in the store and elsewhere, for calls that wait for it: whoever has seen a number looks
/// again when there is another one. It rises within 100 ms of a change, and may rise for nothing. Any thread.
class Changes {
public:
    /// `store` outlives it.
    explicit Changes(const rollout::Store& store);

    std::uint64_t number() const noexcept { return number_; }
    /// Something is new that is in no store.
    void add() noexcept { ++number_; }

private:
    void watch(const std::stop_token& stop, const rollout::Store& store);

    std::atomic<std::uint64_t> number_ = 0;
    std::jthread thread_;
};

} // namespace manager::serve
