#pragma once

#include "common/clock.hpp"
#include "common/error.hpp"

#include <chrono>
#include <thread>

namespace manager::transport::shell {

/// How patient a connection is.
struct Patience {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds login{30'000}; ///< key exchange and login together
    int retries = 3;                         ///< after a server that turned us away
    std::chrono::milliseconds least_pause{
        5'000}; ///< before such a retry; the pause is random, so that many targets
    std::chrono::milliseconds most_pause{30'000}; ///< behind one address do not come again all at once
};

/// The server closed the connection before it said a word: too many connections at once, or we are penalised.
class TurnedAway : public common::Error {
public:
    using common::Error::Error;
};

/// A random pause before the next try.
std::chrono::milliseconds pause_of(const Patience& patience);

/// Returns what `connect` returns; when it throws TurnedAway, tries it again after a pause.
template <typename Connect>
auto patiently(const Patience& patience, common::Deadline deadline, Connect connect)
{
    for (int left = patience.retries;; --left) {
        try {
            return connect();
        } catch (const TurnedAway&) {
            const auto pause = pause_of(patience);
            if (left == 0 || pause >= deadline.left())
                throw;
            std::this_thread::sleep_for(pause);
        }
    }
}

} // namespace manager::transport::shell
