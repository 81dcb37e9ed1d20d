#pragma once

#include "common/net/socket_calls.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>

namespace common::net {

/// Cuts connections whose deadline has passed: one sweep over all of them instead of a timer for each, so
/// that 10,000 idle connections cost no timer queue. Any thread may call.
///
/// A cut only shuts the socket down. Its owner, who then sees the end of the stream, closes it: closing here
/// would free the descriptor's number for the next accept() while a TLS object still writes to it.
class Watch {
public:
    using Clock = std::chrono::steady_clock;

    /// A connection under watch, from construction to destruction. `socket` must stay open as long.
    class Item : public boost::intrusive::list_base_hook<> {
    public:
        Item(Watch& watch, Tcp::socket& socket);
        ~Item();
        Item(const Item&) = delete;
        Item& operator=(const Item&) = delete;

        void until(Clock::time_point deadline) { deadline_.store(deadline.time_since_epoch().count()); }
        void for_ever() { deadline_.store(never); }
        bool expired() const { return expired_.load(); }

        /// Ends all reading and writing at once; whoever waits wakes up.
        void cut();

    private:
        friend class Watch;
        static constexpr Clock::rep never = std::numeric_limits<Clock::rep>::max();

        Watch& watch_;
        Tcp::socket& socket_;
        std::atomic<Clock::rep> deadline_{never};
        std::atomic<bool> expired_{false};
        std::atomic<bool> cut_{false};
    };

    /// How late a deadline may be noticed.
    static constexpr std::chrono::milliseconds interval{250};

    /// Cuts what is overdue, and what has been cut once more.
    void sweep();

private:
    std::mutex mutex_;
    boost::intrusive::list<Item> items_;
};

} // namespace common::net
