#include "manager/cli/run_doors.hpp"

#include "common/error.hpp"

namespace manager::cli {

namespace {

common::Error unknown()
{
    return {common::Trouble::not_found, "this manager does not work on that run"};
}

} // namespace

std::shared_ptr<void> RunDoors::open(const std::string& run, Station::RunHooks hooks)
{
    auto door = std::make_shared<Door>();
    door->hooks = std::move(hooks);
    {
        const std::lock_guard lock(mutex_);
        doors_[run] = door;
    }
    return {door.get(), [this, run, door](void*) { close(run, *door); }};
}

void RunDoors::close(const std::string& run, Door& door)
{
    {
        const std::lock_guard lock(mutex_);
        doors_.erase(run);
    }
    const std::unique_lock lock(door.mutex);
    door.open = false;
}

std::shared_ptr<RunDoors::Door> RunDoors::door_of(const std::string& run) const
{
    const std::lock_guard lock(mutex_);
    const auto found = doors_.find(run);
    if (found == doors_.end())
        throw unknown();
    return found->second;
}

std::uint64_t RunDoors::take_events(const link::RunTarget& target, std::vector<rollout::AgentEvent> events)
{
    const std::shared_ptr<Door> door = door_of(target.run);
    const std::shared_lock lock(door->mutex);
    if (!door->open)
        throw unknown();
    return door->hooks.take_events(target.target, std::move(events));
}

void RunDoors::cancel(const std::string& run, serve::Cancel how)
{
    const std::shared_ptr<Door> door = door_of(run);
    const std::shared_lock lock(door->mutex);
    if (!door->open || !door->hooks.cancel)
        throw unknown();
    const unsigned wanted = how == serve::Cancel::gently ? 1 : how == serve::Cancel::at_once ? 2 : 0;
    do { // once at least, unless it has gone that far
        if (wanted != 0 && door->cancels >= wanted)
            return;
        ++door->cancels;
        door->hooks.cancel();
    } while (door->cancels < wanted);
}

void RunDoors::pause(const std::string& run, bool on)
{
    const std::shared_ptr<Door> door = door_of(run);
    const std::shared_lock lock(door->mutex);
    if (!door->open || !door->hooks.cancel)
        throw unknown();
    door->hooks.pause(on);
}

std::vector<std::string> RunDoors::runs() const
{
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, door] : doors_)
        if (door->hooks.cancel)
            ids.push_back(id);
    return ids;
}

} // namespace manager::cli
