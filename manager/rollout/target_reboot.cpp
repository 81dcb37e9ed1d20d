#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/rollout/target_row.hpp"
#include "manager/rollout/verdict.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

constexpr std::chrono::seconds usual_delay_windows{15};
constexpr std::chrono::seconds usual_delay_linux{60}; // its shutdown counts whole minutes

/// Beyond its delay and what the system rounds it up to: until services are ended and nothing answers.
constexpr std::chrono::seconds going_down{180};

/// Calls in a row without an answer after which the target counts as down. One may be a connection that
/// broke.
constexpr unsigned patience = 2;

std::int64_t now()
{
    return common::to_milliseconds(std::chrono::system_clock::now());
}

} // namespace

/// Everything is installed, and the target is to boot; also in a run that was resumed meanwhile.
void TargetRow::reboot()
{
    if (state_.reboot.boot.empty()) {
        state_.reboot.boot = facts_.value().boot;
        state_.reboot.ordered = now();
    }
    state_.reboot.down = 0;
    misses_ = 0;
    if (!down_until_)
        down_until_ = std::chrono::steady_clock::now() +
                      std::chrono::ceil<std::chrono::minutes>(reboot_delay()) + going_down;
    state_.text = "rebooting once the delay of " + common::duration_text(reboot_delay()) + " is over";
    want(Work::reboot);
}

std::chrono::seconds TargetRow::reboot_delay() const
{
    return setting_.request.reboot.delay.value_or(facts_.value().windows ? usual_delay_windows
                                                                         : usual_delay_linux);
}

/// What was reached before, for the sentence of a reboot that came to nothing.
std::string TargetRow::installed_text() const
{
    return story(setting_.request, state_, Outcome::updated);
}

void TargetRow::reboot_answered(const CallResult& result)
{
    if (result.error && !is_transient(*result.error))
        return reboot_failed("the target could not be rebooted: " + result.error->text(),
                             result.error->hint());
    const bool silent = result.error && result.error->trouble() == common::Trouble::unreachable;
    misses_ = silent ? misses_ + 1 : 0;
    if (misses_ >= patience || (!result.error && result.reboot.state == RebootState::done))
        return advance(Event::succeeded);
    if (!result.error && result.reboot.state == RebootState::cancelled)
        return reboot_cancelled("it was cancelled on the target");
    if (std::chrono::steady_clock::now() > down_until_)
        return reboot_failed("the target was told to reboot and did not go down",
                             "see there what holds it up or has cancelled it, and reboot it by hand");
    if (cancelled_)
        return want(Work::cancel_reboot);
    if (!result.error)
        tell("rebooting in " + std::to_string(result.reboot.left.count()) + " s");
    want_later(Work::reboot, setting_.jitter.around(setting_.pace.reboot));
}

/// Not even a failure undoes what was installed.
void TargetRow::reboot_failed(const std::string& why, const std::string& hint)
{
    conclude(Outcome::failed, installed_text() + " installed, but " + why, hint);
    advance(Event::failed);
}

void TargetRow::reboot_cancelled(const std::string& why)
{
    state_.reboot.cancelled = true;
    notice("the reboot is not made: " + why);
    advance(Event::cancelled);
}

void TargetRow::reboot_cancel_answered(const CallResult& result)
{
    if (!result.error && result.reboot.state == RebootState::cancelled)
        return reboot_cancelled("it was taken back in time");
    if (!result.error) // it has booted
        return advance(Event::succeeded);
    notice("the reboot goes on: " + result.error->text());
    advance(Event::succeeded);
}

/// The target goes down, or is: asked for as long as the user gave it.
void TargetRow::await_boot()
{
    state_.reboot.down = now();
    up_until_ = std::chrono::steady_clock::now() + setting_.request.reboot.timeout;
    state_.text = "waiting until it is up again";
    changed_ = true;
    want_later(Work::reconnect, setting_.jitter.around(setting_.pace.reconnect));
}

void TargetRow::reconnected(const CallResult& result)
{
    if (!result.error && result.boot == state_.reboot.boot)
        return advance(Event::reboot_due);
    if (!result.error) {
        came_back();
        return advance(Event::succeeded);
    }
    if (kill_)
        return give_up_boot("given up");
    // A key or a login that is refused may be a system that is half up.
    if (std::chrono::steady_clock::now() > up_until_)
        return give_up_boot("did not come back within " +
                            common::duration_text(setting_.request.reboot.timeout) + ": " +
                            result.error->text());
    tell("waiting until it is up again: " + result.error->text());
    want_later(Work::reconnect,
               setting_.jitter.back_off(++retries_, setting_.pace.reconnect, setting_.pace.reconnect_most));
}

/// Its end is not known, so the run stays open for who goes on with it.
void TargetRow::give_up_boot(const std::string& why)
{
    conclude(Outcome::interrupted, installed_text() + " installed, then the target was rebooted: " + why,
             "look at its console; once it is up, 'soapstone resume' looks whether all is there");
    advance(Event::failed);
}

void TargetRow::came_back()
{
    state_.reboot.back = now();
    changed_ = true;
    notice("the target has rebooted");
}

/// After the boot: is everything still there? False when that ends the target's story.
bool TargetRow::settle_after_boot(const Facts& facts)
{
    for (std::size_t i = 0; i < state_.components.size(); ++i) {
        ComponentState& component = state_.components[i];
        const baseline::Component& wanted = setting_.request.components[i];
        if (!component.verified || !common::is_package(wanted.kind))
            continue;
        component.version_after = common::one_line(installed_version(wanted, facts).value_or(""));
        const std::optional<Mismatch> wrong = mismatch(wanted, facts);
        component.verified = !wrong;
        changed_ = true;
        if (wrong)
            conclude(Outcome::not_verified,
                     title(wanted) + " was installed, but after the reboot " + wrong->found, wrong->hint);
    }
    return !state_.verdict;
}

} // namespace manager::rollout
