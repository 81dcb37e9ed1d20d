#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace manager::serve::view {

/// Who may look: whoever has opened a link that is good once, and then shows the cookie that he got. Nothing
/// of it is ever written to a disk; it ends with the process. Any thread may call.
class Doorkeeper {
public:
    /// The steady clock, but for tests.
    using Clock = std::chrono::steady_clock;
    using Now = Clock::time_point (*)();

    explicit Doorkeeper(Now now = Clock::now) : now_(now) {}

    /// A fresh secret for a link, good for one sign-in; those before it are not good any more.
    std::string new_link();

    enum class Answer { come_in, wrong, wait };
    struct Entry {
        Answer answer;
        std::string cookie; ///< to be shown from now on, when he may come in
    };

    /// Somebody at `address` shows the secret of a link. After five wrong ones within a minute from one
    /// address, or 50 from all together, nobody of them is listened to until the minute is over.
    Entry enter(const std::string& secret, const std::string& address);

    /// Whether this cookie is good; also keeps it alive: it ends eight hours after it was last shown.
    bool knows(const std::string& cookie);

    void leave(const std::string& cookie);

private:
    struct Session {
        std::string cookie;
        Clock::time_point seen;
    };
    struct Misses {
        Clock::time_point since;
        unsigned count = 0;
    };

    bool is_slowed_down(const std::string& address);
    void missed(const std::string& address);
    void forget_old_misses();

    const Now now_;
    std::mutex mutex_;
    std::string link_; ///< empty: none is good
    std::vector<Session> sessions_;
    std::map<std::string, Misses> misses_;
};

} // namespace manager::serve::view
