#pragma once

#include "manager/rollout/call.hpp"
#include "manager/rollout/jitter.hpp"
#include "manager/rollout/phase.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/rollout.hpp"
#include "manager/rollout/run.hpp"
#include "manager/rollout/store.hpp"
#include "manager/rollout/timers.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace manager::rollout {

/// What all targets of a run share; outlives every row.
struct Setting {
    const Request& request;
    const std::string& run;
    const Pace& pace;
    Jitter& jitter;
};

/// One target on its way through the transition table: takes what happened, changes the TargetState, says
/// which driver call is wanted next and when to be woken. Calls nobody, blocks never; one thread.
///
/// The owner stores the state before it makes the call that take_call() returns: intent before act.
class TargetRow {
public:
    /// `logs`: where the target's logs are to go.
    TargetRow(const Setting& setting, TargetState& state, std::size_t index, std::filesystem::path logs);

    /// `partner` is the other half of this machine: of a host its BMC, of a BMC its host. It outlives this
    /// row; no component goes to both.
    void pair_with(const TargetRow& partner);
    /// False as long as it is not known what the partner takes.
    bool may_begin() const;
    /// A slot is free.
    void begin();
    /// The call that take_call() returned last is over.
    void ended(CallResult result);
    /// Events came without being asked for.
    void arrived(std::vector<AgentEvent> events);
    /// The user wants it to stop; `kill`: also what runs on the target.
    void cancel(bool kill);
    /// due() has passed.
    void wake();
    /// A step tells how far it is.
    void tell(const std::string& text);
    void notice(const std::string& text);
    /// Something that only the run's own log is to tell.
    void log(const std::string& text);
    /// The phase cannot do its work.
    void fail(const common::Error& error);

    /// What is to be done now; nothing while the last call runs.
    std::optional<Call> take_call();
    std::optional<TimePoint> due() const { return busy_ ? std::nullopt : due_; }
    bool is_done() const { return state_.outcome.has_value(); }

    /// What happened since the last call, for the run's journal.
    std::vector<RunEvent> take_entries();
    /// The state has changed since the last call so that it must be stored.
    bool take_changed() { return std::exchange(changed_, false); }

private:
    // target_row.cpp: from phase to phase
    void advance(Event event);
    void go_on();
    void enter();
    void finish();
    void conclude(Outcome outcome, const std::string& text, const std::string& hint = {});
    void phase_ended(CallResult& result);
    bool try_again(const CallResult& result);
    void collected(const std::optional<LogProof>& log);
    void removed(const Removal& removal);
    void want(Work work);
    void want_later(Work work, std::chrono::milliseconds time);
    void enter_in_journal(bool with_phase, std::string text);

    // target_plan.cpp: what to do with the components
    void make_plan();
    bool take_up_ends();
    std::vector<Step> steps() const;
    std::string take_step(std::size_t component, const Step& step);
    void decide_next();
    bool is_bmc() const;
    bool has_version(const baseline::Component& component) const;
    void stage();
    void check();
    bool settle(std::size_t component, const Facts& facts);
    bool settle_unseen(std::size_t component, const std::optional<Mismatch>& wrong);

    // target_pair.cpp: what the other half of the machine takes
    const std::string& partner_name() const;
    std::string left_to_partner(std::size_t component, const Step& step) const;
    std::string left_to_bmc(std::size_t component, const Step& step) const;
    std::string left_to_host(std::size_t component, const Step& step) const;
    bool is_for_others(const baseline::Component& component) const;

    // target_reboot.cpp: when all is installed
    void reboot();
    std::chrono::seconds reboot_delay() const;
    std::string installed_text() const;
    void reboot_answered(const CallResult& result);
    void reboot_failed(const std::string& why, const std::string& hint);
    void reboot_cancelled(const std::string& why);
    void reboot_cancel_answered(const CallResult& result);
    void await_boot();
    void reconnected(const CallResult& result);
    void give_up_boot(const std::string& why);
    void came_back();
    bool settle_after_boot(const Facts& facts);

    // target_job.cpp: while the target works
    void watch();
    void take_events(std::vector<AgentEvent> events, bool complete);
    void take_event(const AgentEvent& event);
    void learn(ComponentState& component, const JobReport& report);
    void learn_by_answer(const JobReport& report);
    void look_at_job();
    void job_over();
    void end_uncertain(const JobReport& report);
    bool order_anew();
    void polled(CallResult& result);
    void lost(const common::Error& error);
    void found();
    void overdue();
    void schedule_poll();
    void ask_to_cancel();
    void cancel_answered(CallResult& result);

    ComponentState& current() { return state_.components[current_]; }
    std::string current_title() const;

    const Setting& setting_;
    TargetState& state_;
    std::size_t index_;
    std::filesystem::path logs_;
    const TargetRow* partner_ = nullptr;

    std::optional<Work> wanted_;
    bool busy_ = false;
    std::optional<TimePoint> due_;
    Work due_work_ = Work::poll;
    TimePoint retry_until_{}; ///< of the phase's call
    unsigned retries_ = 0;

    std::optional<Facts> facts_; ///< of the newest inventory
    bool planned_ = false;       ///< what is to be done with each component is decided
    std::size_t current_ = 0;    ///< component that is being installed

    TimePoint install_until_{};
    unsigned polls_ = 0;
    unsigned misses_ = 0; ///< calls without an answer in a row
    std::string lost_since_;
    bool silent_ = false;  ///< see Driver::is_silent()
    bool gap_ = false;     ///< pushed events miss one: look soon
    bool unheard_ = false; ///< an answer told the job's end, and its last events may not be here yet
    bool overdue_ = false; ///< was told to end because its time is over

    std::optional<TimePoint> down_until_; ///< once it was told to reboot
    TimePoint up_until_{};                ///< while it is down

    bool cancelled_ = false;
    bool kill_ = false;
    bool cancel_sent_ = false;
    bool kill_sent_ = false;

    std::vector<RunEvent> entries_;
    bool changed_ = false;
};

/// True for errors after which the same call may well succeed later.
bool is_transient(const common::Error& error);

} // namespace manager::rollout
