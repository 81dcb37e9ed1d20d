#pragma once

#include "agent/failpoint.hpp"
#include "agent/journal.hpp"
#include "common/bootstrap.hpp"
#include "common/net/core.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace agent {

/// Pushes events to the manager as they come. Without it the manager asks by itself, only later.
class Reporter {
public:
    struct Settings {
        std::vector<common::Endpoint> callbacks;
        std::string run;
        std::string target;
        std::string boot;
        std::function<void()> heard; ///< an acknowledgement came
    };

    Reporter(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context, Settings settings,
             Journal& journal, const Failpoints& failpoints);
    ~Reporter(); ///< stops
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;

    void stop();

    /// Calls the manager on purpose, once at each of its addresses: whether events will get there. Returns
    /// nothing when they do, else why not. Any thread; takes at most 3 s for each address.
    std::string probe();

private:
    void run();
    bool push_to_any();
    std::uint64_t push(const common::Endpoint& callback, const std::vector<Event>& events,
                       common::Deadline deadline);
    void pause(unsigned failures);

    struct Line;

    common::net::Loop& loop_;
    std::shared_ptr<const common::tls::Context> context_;
    Settings settings_;
    Journal& journal_;
    const Failpoints& failpoints_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::mutex line_mutex_;      ///< held while something is sent
    std::unique_ptr<Line> line_; ///< the connection that worked last
    std::thread thread_;
};

} // namespace agent
