#pragma once

#include "manager/bmc/bmc.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace manager::bmc {

/// Brings an image to a BMC on a thread of its own, which has the BMC for itself until is_over().
class Delivery {
public:
    /// `out_of_hand`: as in Hand; on the other thread.
    Delivery(Bmc& bmc, Method method, const Image& image, std::function<void()> out_of_hand);
    ~Delivery(); ///< breaks it off and waits for its end

    std::uint64_t sent() const { return sent_; }
    bool is_out_of_hand() const { return out_of_hand_; }
    bool is_over() const { return over_; }
    /// What the BMC told last of how far it is; empty while it has told nothing.
    std::string said() const;
    /// What the BMC said; throws what went wrong. To be asked once it is over.
    Accepted result();
    void stop() { stop_ = true; }

private:
    void carry(Bmc& bmc, Method method, const Image& image, const std::function<void()>& out_of_hand);

    std::atomic<std::uint64_t> sent_ = 0;
    std::atomic<bool> out_of_hand_ = false;
    std::atomic<bool> over_ = false;
    std::atomic<bool> stop_ = false;
    mutable std::mutex mutex_;
    std::string said_; ///< under mutex_
    std::optional<Accepted> accepted_;
    std::exception_ptr trouble_;
    std::thread thread_; ///< last: it uses the others
};

} // namespace manager::bmc
