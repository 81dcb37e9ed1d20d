#pragma once

#include <optional>
#include <string_view>

namespace manager::rollout {

/// How manager and agent talk.
enum class Road {
    automatic, ///< the best that works, and another when it stops working
    callback,  ///< calls go to the agent's port; the agent reports to ours and fetches its payload there
    polling,   ///< calls go to the agent's port, which is asked for events and brought its payload
    tunnel,    ///< as polling, but all of it goes through the session that started the agent
};

/// "auto", "callback", "polling", "tunnel"
std::string_view name_of(Road road);
std::optional<Road> road_named(std::string_view name);

} // namespace manager::rollout
