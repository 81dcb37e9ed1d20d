#pragma once

#include "common/clock.hpp"
#include "manager/baseline/component.hpp"
#include "manager/baseline/firmware_match.hpp"
#include "manager/target/target.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the rollout engine asks of whatever drives one target (an agent; later a BMC).
namespace manager::rollout {

/// What became of one job on its target. The names are those of the contract (wsdl/types.xsd).
enum class JobState {
    accepted,
    running,
    succeeded,
    succeeded_pending_reboot,
    failed,
    cancelled,
    interrupted,
    interrupted_by_reboot,
};

constexpr bool is_final(JobState state)
{
    return state != JobState::accepted && state != JobState::running;
}

std::string_view name_of(JobState state);
std::optional<JobState> job_state_named(std::string_view name);

/// What became of a reboot that a target was told to make. The names are those of the contract.
enum class RebootState { pending, cancelled, done };

struct RebootReport {
    RebootState state = RebootState::pending;
    std::chrono::seconds left{0}; ///< until a pending one begins
};

/// A reboot that a target is to make.
struct RebootWish {
    std::string boot; ///< Facts::boot of the boot that is to end
    std::chrono::seconds delay{0};
    std::string message; ///< for who is logged in there
};

struct JobReport {
    std::string job;
    JobState state = JobState::accepted;
    /// Normalised, as in the contract: ok, dependency, timed_out, ...; empty before. Of a BMC also
    /// result_unconfirmed and result_not_verified.
    std::string result;
    std::optional<int> exit_code; ///< raw
    std::optional<int> signal;    ///< that ended the installer
    std::string text;             ///< one sentence
};

/// JobReport::result of a BMC that took an image, where nobody can tell what came of it.
constexpr std::string_view result_unconfirmed = "unconfirmed";
/// The same, where the BMC steadily shows another version.
constexpr std::string_view result_not_verified = "not_verified";

/// One entry of the agent's journal.
struct AgentEvent {
    std::uint64_t seq = 0;        ///< rises by one per run and target, also across agents
    std::optional<JobReport> job; ///< a job changed its state
    std::string output_of;        ///< job that printed `text`; empty for a notice
    std::string text;             ///< lines of output, or a notice
    std::uint64_t dropped = 0;    ///< bytes of output left out before `text`
    std::string progress{};       ///< what goes on, for people; not kept
};

/// A package that is installed, whole or not, as the target's package manager names it.
struct Package {
    std::string name;
    std::string version;
    std::string architecture;
    common::ComponentKind format = common::ComponentKind::deb;
    std::string code{};       ///< product code of an .msi; else empty
    std::string unfinished{}; ///< dpkg's word for a package that is not whole, "half-configured"; else empty
};

/// What planning and verification need to know of a target.
struct Facts {
    std::string machine;      ///< machine id
    std::string boot;         ///< names this boot of the target
    std::string os;           ///< `Debian GNU/Linux 12 (bookworm)`
    std::string architecture; ///< as `uname -m`; empty: not known
    bool windows = false;
    bool takes_deb = false;
    bool takes_rpm = false;
    bool takes_msi = false;
    bool takes_firmware = false;                   ///< is a BMC, which takes nothing else
    std::string deb_architecture;                  ///< as dpkg writes it; empty without dpkg
    std::string rpm_architecture;                  ///< as rpm writes it; empty without rpm
    std::vector<Package> packages;                 ///< those asked for, where installed or left unfinished
    std::vector<baseline::FirmwareEntry> firmware; ///< of a BMC: all that runs there
};

/// What is left on a target after removal.
struct Removal {
    std::vector<std::string> left; ///< besides logs: "process 4711 (soapstone-agent)", "folder /x"
    bool logs = true;              ///< the logs are still there
};

/// What the log that a target's agent wrote of its own steps proved to be, once it was fetched.
struct LogProof {
    std::uint64_t lines = 0; ///< that the agent said it had written
    std::string head;        ///< value of its chain after these, see docs/protocol.md
    std::string problem;     ///< what follows "the log of web-1 ": "was changed after line 17"; empty: none
};

/// Told what is going on inside a blocking step, for people ("1.2 of 2.5 MB"). May be called from that step's
/// thread only.
using Tell = std::function<void(const std::string& text)>;

/// Drives one target. All calls block until done and are made on worker threads, one at a time; each throws
/// `common::Error` when its work cannot be done. The calls come in the order of the phases; collect() and
/// remove() also after any failure from copying on.
///
/// With `unreachable` or `busy` inventory(), submit(), poll(), cancel() and those for reboots are called
/// again after a while, submit() with the same job; every other trouble is a verdict. So poll() is the place
/// to deploy a lost agent again.
class Driver {
public:
    virtual ~Driver() = default;

    virtual void scout(const Tell& tell) = 0;
    virtual void copy(const Tell& tell) = 0;
    /// From here on events may arrive, see Rollout::agent_events().
    virtual void start(const Tell& tell) = 0;
    /// `packages`: the names that planning wants to know about.
    virtual Facts inventory(const std::vector<std::string>& packages) = 0;
    /// Hands a job to the target. It is durable there when this returns; its state comes back. The same job
    /// again is harmless. `job` is the id that the rollout has stored before.
    virtual JobReport submit(const std::string& job, const baseline::Component& component,
                             std::chrono::seconds limit, bool allow_downgrade) = 0;
    /// Events after `since`, which are thereby acknowledged; also renews the lease. Called now and then,
    /// because pushed events are only hints.
    virtual std::vector<AgentEvent> poll(std::uint64_t since) = 0;
    /// True when nothing comes from the target unless poll() asks for it, which is then done more often.
    virtual bool is_silent() const { return false; }
    /// Ends a job that has not started; `kill` also ends a running one.
    virtual JobReport cancel(const std::string& job, bool kill) = 0;
    /// Tells the target to reboot, or asks how that stands: the same wish again is harmless, and ends no
    /// other boot. `unreachable` may mean that the target goes down: no fresh agent is sent for it.
    virtual RebootReport reboot(const RebootWish& wish) = 0;
    /// Takes it back. `rejected` when it is too late for that.
    virtual RebootReport cancel_reboot() = 0;
    /// After the target went down: logs in anew and sends a fresh agent onto the kept journal, if the one
    /// before does not answer. Returns the boot that runs there; `unreachable` as long as nobody answers.
    virtual std::string reconnect(const Tell& tell) = 0;
    /// Fetches the target's logs into `folder`. Nothing is returned where none of them can be proved.
    virtual std::optional<LogProof> collect(const std::filesystem::path& folder) = 0;
    /// Removes everything of ours but the logs, then looks whether that is so.
    virtual Removal remove() = 0;
};

/// Makes the driver of one target. Called on the engine's thread; must not block. The driver is destroyed on
/// a worker thread. `index` is the target's number in the run: its text is the target's id in job ids and
/// orders.
using MakeDriver = std::function<std::unique_ptr<Driver>(const target::Target& target, std::size_t index)>;

} // namespace manager::rollout
