#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace manager::rollout {

/// Where a target stands in the life of its run.
enum class Phase {
    waiting,      ///< for a free slot
    scouting,     ///< address, host key, login, platform
    copying,      ///< the agent to the target
    starting,     ///< the agent
    inventory,    ///< what is installed already
    planned,      ///< what is to be done is known
    staging,      ///< the next component goes to the target
    installing,   ///< the target works; nothing here waits in a thread for it
    rebooting,    ///< the target was told to, or is about to be; it still answers
    reconnecting, ///< it went down: nothing here waits in a thread until it is back
    verifying,    ///< is the version there that was to be installed?
    collecting,   ///< logs
    removing,     ///< everything of ours but the logs, and a look whether that is true
    done,
};

/// What happened to a target, as far as its phase depends on it.
enum class Event {
    slot_free,
    succeeded,    ///< the phase's work is done
    failed,       ///< it is not, and will not be
    work_left,    ///< there is another component to install
    nothing_left, ///< there is not
    reboot_due,   ///< all is done but a reboot of the target
    cancelled,    ///< by the user; what runs on the target was let finish
};

struct Rule {
    Phase from;
    Event event;
    Phase to;
};

// clang-format off
constexpr std::array rules{
    Rule{Phase::waiting,       Event::slot_free,    Phase::scouting},
    Rule{Phase::waiting,       Event::cancelled,    Phase::done},
    Rule{Phase::scouting,      Event::succeeded,    Phase::copying},
    Rule{Phase::scouting,      Event::failed,       Phase::done},       // nothing there to clean up
    Rule{Phase::scouting,      Event::cancelled,    Phase::done},
    Rule{Phase::copying,       Event::succeeded,    Phase::starting},
    Rule{Phase::copying,       Event::failed,       Phase::removing},
    Rule{Phase::copying,       Event::cancelled,    Phase::removing},
    Rule{Phase::starting,      Event::succeeded,    Phase::inventory},
    Rule{Phase::starting,      Event::failed,       Phase::removing},
    Rule{Phase::starting,      Event::cancelled,    Phase::collecting},
    Rule{Phase::inventory,     Event::succeeded,    Phase::planned},
    Rule{Phase::inventory,     Event::failed,       Phase::collecting},
    Rule{Phase::inventory,     Event::cancelled,    Phase::collecting},
    Rule{Phase::planned,       Event::work_left,    Phase::staging},
    Rule{Phase::planned,       Event::nothing_left, Phase::collecting},
    Rule{Phase::planned,       Event::reboot_due,   Phase::rebooting},  // resumed
    Rule{Phase::planned,       Event::failed,       Phase::collecting}, // a component cannot go there
    Rule{Phase::planned,       Event::cancelled,    Phase::collecting},
    Rule{Phase::staging,       Event::succeeded,    Phase::installing}, // the job is on the target, durably
    Rule{Phase::staging,       Event::failed,       Phase::collecting},
    Rule{Phase::staging,       Event::cancelled,    Phase::installing}, // it may run already: see its end first
    Rule{Phase::installing,    Event::succeeded,    Phase::verifying},
    Rule{Phase::installing,    Event::work_left,    Phase::staging},    // it was ended before it began
    Rule{Phase::installing,    Event::failed,       Phase::collecting},
    Rule{Phase::installing,    Event::cancelled,    Phase::collecting},
    Rule{Phase::verifying,     Event::work_left,    Phase::staging},
    Rule{Phase::verifying,     Event::nothing_left, Phase::collecting},
    Rule{Phase::verifying,     Event::reboot_due,   Phase::rebooting},
    Rule{Phase::verifying,     Event::failed,       Phase::collecting},
    Rule{Phase::verifying,     Event::cancelled,    Phase::collecting},
    Rule{Phase::rebooting,     Event::succeeded,    Phase::reconnecting}, // it does not answer any more
    Rule{Phase::rebooting,     Event::failed,       Phase::collecting},
    Rule{Phase::rebooting,     Event::cancelled,    Phase::collecting},
    Rule{Phase::reconnecting,  Event::succeeded,    Phase::verifying},
    Rule{Phase::reconnecting,  Event::reboot_due,   Phase::rebooting},  // it was the line: the same boot still runs
    Rule{Phase::reconnecting,  Event::failed,       Phase::removing},   // nobody there to ask for logs
    Rule{Phase::reconnecting,  Event::cancelled,    Phase::removing},
    Rule{Phase::collecting,    Event::succeeded,    Phase::removing},
    Rule{Phase::collecting,    Event::failed,       Phase::removing},   // no logs is no reason to stay
    Rule{Phase::removing,      Event::succeeded,    Phase::done},
    Rule{Phase::removing,      Event::failed,       Phase::done},       // reported: what is left
};
// clang-format on

/// The phase after `event`; nothing when that event makes no sense now and is to be logged and dropped.
constexpr std::optional<Phase> next(Phase from, Event event)
{
    for (const Rule& rule : rules)
        if (rule.from == from && rule.event == event)
            return rule.to;
    return std::nullopt;
}

/// Once anything of ours may lie on the target, every failure leads through `removing`.
constexpr bool cleans_up(Phase phase, Event how)
{
    while (phase != Phase::removing && phase != Phase::done) {
        const std::optional<Phase> following = next(phase, how);
        phase = following ? *following : next(phase, Event::failed).value();
    }
    return phase == Phase::removing;
}
static_assert(cleans_up(Phase::copying, Event::failed) && cleans_up(Phase::starting, Event::failed) &&
              cleans_up(Phase::inventory, Event::failed) && cleans_up(Phase::planned, Event::failed) &&
              cleans_up(Phase::staging, Event::failed) && cleans_up(Phase::installing, Event::failed) &&
              cleans_up(Phase::verifying, Event::failed) && cleans_up(Phase::rebooting, Event::failed) &&
              cleans_up(Phase::reconnecting, Event::failed) && cleans_up(Phase::collecting, Event::failed));
static_assert(cleans_up(Phase::copying, Event::cancelled) && cleans_up(Phase::starting, Event::cancelled) &&
              cleans_up(Phase::staging, Event::cancelled) && cleans_up(Phase::installing, Event::cancelled) &&
              cleans_up(Phase::rebooting, Event::cancelled) &&
              cleans_up(Phase::reconnecting, Event::cancelled));

/// How a target ended. The names are those of the WSDL, of reports and of the store.
enum class Outcome {
    updated,
    updated_reboot_pending,
    nothing_needed,
    failed,
    omitted_dependency,
    unreached,
    cancelled,
    not_started,
    interrupted,
    not_verified,
    unconfirmed, ///< a BMC took an image, and nobody can tell what came of it
};

/// All outcomes, in the order in which a report counts them.
inline constexpr std::array every_outcome{
    Outcome::updated,
    Outcome::updated_reboot_pending,
    Outcome::nothing_needed,
    Outcome::failed,
    Outcome::not_verified,
    Outcome::unconfirmed,
    Outcome::omitted_dependency,
    Outcome::unreached,
    Outcome::interrupted,
    Outcome::cancelled,
    Outcome::not_started,
};

std::string_view name_of(Phase phase);
std::string_view name_of(Outcome outcome);
std::optional<Phase> phase_named(std::string_view name);
std::optional<Outcome> outcome_named(std::string_view name);

} // namespace manager::rollout
