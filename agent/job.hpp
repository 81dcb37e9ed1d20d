#pragma once

#include "agent/event.hpp"
#include "agent/journal.hpp"
#include "agent/shim.hpp"
#include "common/job_order.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace agent {

/// The jobs of this run on this target: stored durably, run one after the other, found again by the next
/// agent.
class Jobs {
public:
    struct Settings {
        std::filesystem::path folder; ///< the run's: jobs/, payload/ and logs/ are in it
        std::string run;
        std::string target;
        std::string machine;
        std::string order_key; ///< raw
        /// Brings the payload with this hash into `file`; gives up when `stop` becomes true.
        std::function<void(const common::JobOrder& order, const std::filesystem::path& file,
                           const std::atomic<bool>& stop)>
            fetch;
        std::function<pid_t(const std::filesystem::path& job)> start = spawn_shim;
    };

    Jobs(Settings settings, Journal& journal);
    ~Jobs(); ///< running installers go on
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;

    /// Accepts an order: when this returns, it is durable. Throws `invalid`, `denied`, `conflict`,
    /// `rejected`.
    JobView submit(const std::string& order, const std::string& signature);
    JobView cancel(const std::string& id, bool kill);
    std::vector<JobView> list() const;
    bool busy() const; ///< true while some job is not final

    void stop();

private:
    struct Job {
        common::JobOrder order;
        JobView view;
    };

    std::filesystem::path folder_of(const std::string& id) const { return settings_.folder / "jobs" / id; }
    void load();
    void load(const std::filesystem::path& folder, const std::map<std::string, JobView>& known);
    void check(const common::JobOrder& order, const std::string& text, const std::string& signature) const;
    void store(const common::JobOrder& order, const std::string& text);
    void run();
    std::optional<common::JobOrder> next();
    void work(const common::JobOrder& order);
    void prepare(const common::JobOrder& order);
    void watch(const common::JobOrder& order);
    void report_output(const common::JobOrder& order, class OutputTail& tail, bool all);
    void settle(const common::JobOrder& order, Standing standing);
    void fail(const common::JobOrder& order, const std::string& why);
    void change(const std::string& id, const std::function<void(JobView&)>& step);

    Settings settings_;
    Journal& journal_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, Job> jobs_;
    std::deque<std::string> queue_;
    std::atomic<bool> stop_ = false;
    std::thread runner_;
};

} // namespace agent
