#include "manager/rollout/rollout.hpp"

#include "manager/rollout/engine.hpp"

namespace manager::rollout {

Rollout::Rollout(Run run, Store& store, MakeDriver make_driver, std::vector<Observer*> observers,
                 std::filesystem::path folder, Pace pace)
    : engine_(std::make_unique<Engine>(std::move(run), store, std::move(make_driver), std::move(observers),
                                       std::move(folder), pace))
{
}

Rollout::~Rollout() = default;

const Run& Rollout::run()
{
    return engine_->run();
}

std::uint64_t Rollout::agent_events(std::size_t target, std::vector<AgentEvent> events)
{
    return engine_->agent_events(target, std::move(events));
}

void Rollout::notice(std::size_t target, std::string text)
{
    engine_->notice(target, std::move(text));
}

void Rollout::log(std::size_t target, std::string text)
{
    engine_->log(target, std::move(text));
}

void Rollout::cancel()
{
    engine_->cancel();
}

void Rollout::pause(bool on)
{
    engine_->pause(on);
}

} // namespace manager::rollout
