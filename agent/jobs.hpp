#pragma once

#include "agent/agent_log.hpp"
#include "agent/failpoint.hpp"
#include "agent/job_folder.hpp"
#include "agent/journal.hpp"
#include "agent/live_output.hpp"
#include "agent/order_rules.hpp"
#include "agent/payload.hpp"
#include "agent/run_folder.hpp"
#include "agent/shim.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace agent {

/// What a journal tells about jobs, also about those whose folder is gone.
class JobMemory {
public:
    struct Known {
        JobStatus status;
        std::string order_hash;
        LiveOutput::Sent sent;
    };

    void see(const Event& event);
    const std::map<std::string, Known>& all() const { return known_; }

private:
    std::map<std::string, Known> known_;
};

/// All jobs of the run on this target. One at a time is worked on, in the order of their acceptance, by a
/// thread of its own. What a job's folder says is the truth, whoever looks at it; what is here is memory.
///
/// Promise: an installer never runs twice, and a finished one is never lost, whatever dies when.
class Jobs {
public:
    struct Tools {
        shim::Start start_shim;
        Fetch fetch;
        std::string boot; ///< the kernel's boot id
    };

    /// Takes up what earlier agents left. `journal`, `log` and `failpoints` must outlive this.
    Jobs(RunFolder folder, OrderRules rules, Tools tools, Journal& journal, const JobMemory& memory,
         const AgentLog& log, const Failpoints& failpoints);
    ~Jobs(); ///< stops

    void start(); ///< the thread
    void stop();  ///< no new step; what runs goes on without us

    /// Accepts an order: it is durable when this returns. The same order again answers with the job's state.
    /// Throws `denied` (not signed by the run, or not for this target), `conflict` (same id, other order),
    /// `invalid`, or `rejected` when nothing can be stored.
    JobStatus submit(const std::string& order, const std::string& signature);

    std::vector<JobStatus> all() const; ///< in the order of acceptance

    /// The order of a job that is not over and needs the payload with this hash.
    std::optional<common::JobOrder> order_for(const std::string& sha256) const;

    /// A job that has not begun will not. A running one is ended when `kill` is true. Throws `not_found`.
    JobStatus cancel(const std::string& id, bool kill);

    /// True when an installer runs or is just being started.
    bool is_busy() const;

    /// How each job that is over ended, as events: what must outlive the folders.
    std::vector<Event> endings() const;

    /// Takes no more orders and ends what has not begun, telling `why`. False, and nothing done, when busy.
    bool close(const std::string& why);

private:
    struct Entry {
        job_folder::Spec spec;
        common::JobOrder order;
        std::string order_hash;
        JobStatus status; ///< as last told in the journal
        LiveOutput::Sent sent;
        bool give_up = false; ///< do not begin it any more
    };

    void take_up(const JobMemory& memory);
    void take_up_folder(const std::string& id, const JobMemory& memory);
    common::JobOrder checked(const std::string& order, const std::string& signature) const;
    void accept(Entry& entry);
    std::filesystem::path folder_of(const Entry& entry) const { return folder_.job(entry.status.id); }
    job_folder::Standing standing_of(const Entry& entry) const;
    bool runs(const Entry& entry) const;
    JobStatus status_of(const Entry& entry) const;
    JobStatus ended_status(const Entry& entry, job_folder::Standing standing) const;
    void tell(Entry& entry, JobStatus status);
    bool settle(Entry& entry);
    void end_unstarted(Entry& entry, JobState state, const std::string& why);

    void work();
    Entry* next_to_do();
    void carry_out(Entry& entry);
    bool fetch(Entry& entry);
    void follow(Entry& entry);
    bool begin(Entry& entry);
    bool start_shim(Entry& entry, std::unique_lock<std::mutex>& lock);
    void reap();
    bool is_stopping() const;

    const RunFolder folder_;
    const OrderRules rules_;
    const Tools tools_;
    Journal& journal_;
    const AgentLog& log_;
    const Failpoints& failpoints_;

    mutable std::mutex mutex_; ///< guards all below
    std::condition_variable news_;
    std::map<std::string, Entry> entries_; ///< by job id; entries never move and never go
    std::vector<std::string> sequence_;    ///< ids in the order of acceptance
    std::vector<shim::HasEnded> shims_;    ///< that we started and that live
    bool starting_ = false;                ///< a shim is started that has not made its claim yet
    bool first_shim_ = true;               ///< none was started yet
    bool closed_ = false;
    bool stopping_ = false;
    std::thread worker_;
};

} // namespace agent
