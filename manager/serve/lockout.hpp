#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace manager::serve {

/// Makes guessing slow: an address from which made-up tokens come gets no answer for a while. Any thread.
class Lockout {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr unsigned tries = 10;                 ///< wrong ones that are free
    static constexpr std::chrono::seconds pause{30};      ///< after that, for each one
    static constexpr std::size_t most_addresses = 10'000; ///< remembered

    bool is_locked(const std::string& address, TimePoint now);
    void failed(const std::string& address, TimePoint now);
    void succeeded(const std::string& address);

private:
    struct Record {
        unsigned failures = 0;
        TimePoint until{};
    };

    std::mutex mutex_;
    std::map<std::string, Record> records_;
};

} // namespace manager::serve
