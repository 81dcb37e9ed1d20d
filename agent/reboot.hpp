#pragma once

#include "agent/agent_log.hpp"
#include "agent/jobs.hpp"
#include "agent/journal.hpp"
#include "agent/order_rules.hpp"
#include "agent/power.hpp"
#include "agent/run_folder.hpp"
#include "common/clock.hpp"
#include "common/reboot_order.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace agent {

/// What became of an ordered reboot, in the order of the contract's RebootState.
enum class RebootState { pending, cancelled, done };

struct RebootStatus {
    RebootState state = RebootState::pending;
    std::chrono::seconds left{0}; ///< until a pending one begins
};

/// The reboot of this target. Any thread.
///
/// Promise: an order ends the boot that it names and never another one, whoever sends it how often, and
/// whatever dies when. It is written down before anything happens, so that another agent in the same boot
/// knows what was begun.
class Reboot {
public:
    /// How the system is told; see power.hpp.
    struct Tools {
        std::string boot; ///< the kernel's boot id
        std::function<std::optional<std::chrono::seconds>(std::chrono::seconds, const std::string&,
                                                          const std::filesystem::path&)>
            schedule = power::schedule;
        std::function<void(const std::filesystem::path&)> cancel = power::cancel;
        std::function<void(const std::filesystem::path&)> restart = power::restart;
    };

    /// All but `rules` and `tools` must outlive this.
    Reboot(const RunFolder& folder, OrderRules rules, Tools tools, Jobs& jobs, Journal& journal,
           const AgentLog& log);

    /// Orders it, or tells how it stands when that was done. Throws `denied` and `invalid` as Jobs::submit()
    /// does, `conflict` (another reboot is pending), `busy` while a job runs, `rejected` when the system
    /// refuses.
    RebootStatus order(const std::string& order, const std::string& signature);

    /// It will not be made. Throws `rejected` when it is too late for that.
    RebootStatus cancel();

    /// To be called now and then: where the system cannot wait, this does it once the time has come.
    void make_when_due();

    /// The run is over: nothing is kept of it. One that nobody but this waits for is not made.
    void forget();

private:
    /// What is durable of the newest order.
    struct Record {
        std::string boot;  ///< that is to end
        std::string order; ///< hash of the order
        std::string message;
        std::chrono::milliseconds due{0}; ///< time since boot
        bool told = false;                ///< the system has taken it
        bool cancelled = false;

        std::string text() const;
        static Record parse(std::string_view text);
    };

    common::RebootOrder checked(const std::string& order, const std::string& signature) const;
    void begin(const common::RebootOrder& order, const std::string& hash);
    void tell_system();
    void store() const;
    std::filesystem::path system_log() const { return folder_.logs() / "reboot.log"; }
    std::chrono::seconds left() const;

    const RunFolder& folder_;
    const OrderRules rules_;
    const Tools tools_;
    Jobs& jobs_;
    Journal& journal_;
    const AgentLog& log_;

    std::mutex mutex_;             ///< guards all below
    std::optional<Record> record_; ///< of this boot
    bool wait_ = false;            ///< make_when_due() is to do it
    std::string problem_;          ///< why restart() did not
};

} // namespace agent
