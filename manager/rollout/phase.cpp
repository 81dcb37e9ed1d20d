#include "manager/rollout/phase.hpp"

#include "manager/rollout/driver.hpp"

#include <utility>

namespace manager::rollout {

namespace {

template <typename Value, std::size_t Size>
using Names = std::array<std::pair<Value, std::string_view>, Size>;

// clang-format off
constexpr Names<Phase, 14> phases{{
    {Phase::waiting,      "waiting"},
    {Phase::scouting,     "scouting"},
    {Phase::copying,      "copying"},
    {Phase::starting,     "starting"},
    {Phase::inventory,    "inventory"},
    {Phase::planned,      "planned"},
    {Phase::staging,      "staging"},
    {Phase::installing,   "installing"},
    {Phase::rebooting,    "rebooting"},
    {Phase::reconnecting, "reconnecting"},
    {Phase::verifying,    "verifying"},
    {Phase::collecting,   "collecting"},
    {Phase::removing,     "removing"},
    {Phase::done,         "done"},
}};

constexpr Names<Outcome, 11> outcomes{{
    {Outcome::updated,                "updated"},
    {Outcome::updated_reboot_pending, "updated_reboot_pending"},
    {Outcome::nothing_needed,         "nothing_needed"},
    {Outcome::failed,                 "failed"},
    {Outcome::omitted_dependency,     "omitted_dependency"},
    {Outcome::unreached,              "unreached"},
    {Outcome::cancelled,              "cancelled"},
    {Outcome::not_started,            "not_started"},
    {Outcome::interrupted,            "interrupted"},
    {Outcome::not_verified,           "not_verified"},
    {Outcome::unconfirmed,            "unconfirmed"},
}};

constexpr Names<JobState, 8> job_states{{
    {JobState::accepted,                 "accepted"},
    {JobState::running,                  "running"},
    {JobState::succeeded,                "succeeded"},
    {JobState::succeeded_pending_reboot, "succeeded_pending_reboot"},
    {JobState::failed,                   "failed"},
    {JobState::cancelled,                "cancelled"},
    {JobState::interrupted,              "interrupted"},
    {JobState::interrupted_by_reboot,    "interrupted_by_reboot"},
}};
// clang-format on

template <typename Value, std::size_t Size>
std::string_view look_up(const Names<Value, Size>& names, Value value)
{
    for (const auto& [known, name] : names)
        if (known == value)
            return name;
    return "?";
}

template <typename Value, std::size_t Size>
std::optional<Value> look_up(const Names<Value, Size>& names, std::string_view name)
{
    for (const auto& [value, known] : names)
        if (known == name)
            return value;
    return std::nullopt;
}

} // namespace

std::string_view name_of(Phase phase)
{
    return look_up(phases, phase);
}

std::string_view name_of(Outcome outcome)
{
    return look_up(outcomes, outcome);
}

std::string_view name_of(JobState state)
{
    return look_up(job_states, state);
}

std::optional<Phase> phase_named(std::string_view name)
{
    return look_up(phases, name);
}

std::optional<Outcome> outcome_named(std::string_view name)
{
    return look_up(outcomes, name);
}

std::optional<JobState> job_state_named(std::string_view name)
{
    return look_up(job_states, name);
}

} // namespace manager::rollout
