#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace manager::serve {

/// Longest wait for something new in one call.
inline constexpr int longest_wait = 60; // s

/// Places for calls that wait for events, each of which holds a thread: so many in all, and no more than so
/// many for one caller, so that nobody takes those of the others. Any thread.
class Seats {
public:
    Seats(std::size_t most, std::size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}

    /// A place as long as it lives, or none: then the call is to be answered at once.
    class Seat {
    public:
        Seat(Seats& seats, const std::string& caller)
            : seats_(seats), caller_(caller), got_(seats.take(caller))
        {
        }
        ~Seat()
        {
            if (got_)
                seats_.give_back(caller_);
        }
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;
        explicit operator bool() const { return got_; }

    private:
        Seats& seats_;
        std::string caller_;
        bool got_;
    };

private:
    bool take(const std::string& caller);
    void give_back(const std::string& caller);

    const std::size_t most_;
    const std::size_t most_of_one_;
    std::mutex mutex_;
    std::size_t taken_ = 0;
    std::map<std::string, std::size_t> by_caller_;
};

} // namespace manager::serve
