#pragma once

#include "common/clock.hpp"
#include "manager/link/log_check.hpp"
#include "manager/link/log_server.hpp"
#include "manager/rollout/driver.hpp"
#include "manager/transport/transport.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace manager::link {

/// A log larger than this is not a log: head and tail of a job's output are 64 MiB.
constexpr std::uint64_t most_log_bytes = 256ULL << 20;

/// A log on a target.
struct LogFile {
    std::string name;
    std::uint64_t size = 0; ///< bytes
    std::string sha256;     ///< of the content when the list was made
};

/// The logs of a run on a target.
struct Logs {
    std::vector<LogFile> files;
    LogHead agent_log; ///< what agent.log must be for whoever fetches it afterwards
};

/// All that an agent can tell of its target.
struct Inspection {
    rollout::Facts facts; ///< without packages
    std::string details;  ///< see inventory_json()
};

/// What an agent has to tell.
struct News {
    std::vector<rollout::AgentEvent> events; ///< oldest first
    std::string payload_wanted;              ///< hash of what is to be brought, see bring(); empty: nothing
};

/// How far an agent comes when it calls us; empty: it gets through, else why not.
struct Reach {
    std::string callback;
    std::string depot; ///< empty also when nobody asked
};

/// Talks to one target's agent, whatever the road. One thread at a time; each call throws `common::Error`:
/// `unreachable` when the agent does not answer in time, else what the agent says.
class AgentLink {
public:
    virtual ~AgentLink() = default;

    /// `packages`: look only for these; none: for none at all.
    virtual rollout::Facts inventory(const std::vector<std::string>& packages, common::Deadline deadline) = 0;

    /// Looks at everything; takes longer than inventory().
    virtual Inspection inspect(common::Deadline deadline) = 0;

    /// `order` are the exact bytes that `signature` (raw) is about.
    virtual rollout::JobReport submit(const std::string& order, const std::string& signature,
                                      common::Deadline deadline) = 0;

    /// Lets the agent call us for events and, when asked, for payload.
    virtual Reach probe_callback(bool depot_too, common::Deadline deadline) = 0;

    /// What happened after `since`; acknowledges the events up to `since`.
    virtual News news(std::uint64_t since, common::Deadline deadline) = 0;

    /// Brings a payload to an agent that has an order for it, going on where an earlier try stopped. `stall`:
    /// longest time without a byte.
    virtual void bring(const std::string& sha256, const std::filesystem::path& file,
                       std::chrono::seconds stall) = 0;

    virtual rollout::JobReport cancel(const std::string& job, bool kill, common::Deadline deadline) = 0;

    /// As submit(), for the exact bytes of a RebootOrder.
    virtual rollout::RebootReport reboot(const std::string& order, const std::string& signature,
                                         common::Deadline deadline) = 0;
    virtual rollout::RebootReport cancel_reboot(common::Deadline deadline) = 0;

    virtual Logs logs(common::Deadline deadline) = 0;

    /// Fetches a log into `file`, going on where an earlier try stopped. `stall`: longest time without a
    /// byte.
    virtual void fetch(const LogFile& log, const std::filesystem::path& file, std::chrono::seconds stall) = 0;

    /// Puts the manager's own log of this target beside the agent's, in place of an earlier one.
    virtual void hand_over_log(const std::string& text, common::Deadline deadline) = 0;

    /// Lets the agent carry a log over the web server, ours from there and any other to there, for at most
    /// `time`. Throws `busy` when that was too short, to go on with the same call, and `rejected` when it
    /// does not get through.
    virtual void carry_log(const std::string& name, const LogRoad& road, std::chrono::seconds time,
                           common::Deadline deadline) = 0;

    /// Makes the agent remove itself and what it made. `busy` while a job runs.
    virtual void shutdown(common::Deadline deadline) = 0;
};

} // namespace manager::link
