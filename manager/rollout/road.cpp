#include "manager/rollout/road.hpp"

#include <array>
#include <utility>

namespace manager::rollout {

namespace {

constexpr std::array<std::pair<Road, std::string_view>, 4> names{{{Road::automatic, "auto"},
                                                                  {Road::callback, "callback"},
                                                                  {Road::polling, "polling"},
                                                                  {Road::tunnel, "tunnel"}}};

} // namespace

std::string_view name_of(Road road)
{
    for (const auto& [known, name] : names)
        if (known == road)
            return name;
    return "";
}

std::optional<Road> road_named(std::string_view name)
{
    for (const auto& [road, known] : names)
        if (known == name)
            return road;
    return std::nullopt;
}

} // namespace manager::rollout
