#pragma once

#include <string>
#include <string_view>

namespace agent {

/// Named places beside every durable step at which a test lets the process die as by `kill -9`. Which one, if
/// any, comes with the orders over the authenticated channel; nothing on the target can switch it on.
///
/// Places in the agent, in the order of a job's life:
///
///     before_spec              an order was checked, nothing of it is stored
///     after_spec               its spec is durable, the journal does not know it
///     before_ack               accepted and journalled, the answer is not out
///     after_ack                the worker takes up the job
///     before_fetch             the first byte of the payload was not asked for
///     during_fetch             some of it is here
///     after_fetch              all of it is here and was checked
///     before_shim              the process for the installer is about to be started
///     after_shim_start         it was started; nobody has seen its claim
///     before_event             a new state of a job is known, but not journalled
///     after_event              it is journalled
///     before_push              events of a job are about to be reported
///     after_push               they were reported, the acknowledgement is not kept
///
/// Places in the shim, and only in the first one that an agent starts:
///
///     shim_before_claim        nothing done
///     shim_after_claim_tmp     the claim is written, but does not have its name
///     shim_after_link          the claim is made, the installer is not started
///     shim_after_fork          the installer runs
///     shim_before_exit_record  the installer ended, nothing tells how
///     shim_after_exit_record_tmp  the exit record is written, but does not have its name
///     shim_after_exit_record   the exit record is there
class Failpoints {
public:
    Failpoints() = default;
    explicit Failpoints(std::string name) : name_(std::move(name)) {}

    /// Kills the process with SIGKILL when `name` is the chosen place. Any thread.
    void pass(std::string_view name) const;

    const std::string& name() const { return name_; }

private:
    std::string name_;
};

} // namespace agent
