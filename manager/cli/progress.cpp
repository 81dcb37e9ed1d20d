#include "manager/cli/progress.hpp"

namespace manager::cli {

void Progress::started(const rollout::Run& run)
{
    const std::lock_guard lock(mutex_);
    on_started(run);
}

void Progress::changed(const rollout::Run& run, std::size_t index)
{
    const std::lock_guard lock(mutex_);
    on_changed(run, index);
}

void Progress::output(const rollout::Run& run, std::size_t index, const std::string& lines)
{
    const std::lock_guard lock(mutex_);
    on_output(run, index, lines);
}

void Progress::notice(const rollout::Run& run, std::size_t index, const std::string& text)
{
    const std::lock_guard lock(mutex_);
    on_notice(run, index, text);
}

void Progress::finished(const rollout::Run& run)
{
    const std::lock_guard lock(mutex_);
    on_finished(run);
}

void Progress::say(const std::string& text)
{
    const std::lock_guard lock(mutex_);
    on_say(text);
}

std::string state_name(const rollout::TargetState& state)
{
    return std::string(state.outcome ? name_of(*state.outcome) : name_of(state.phase));
}

} // namespace manager::cli
