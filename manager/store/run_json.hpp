#pragma once

#include "manager/rollout/run.hpp"

#include <string>

/// How requests and states stand in the store: JSON texts, so that a new field needs no new column.
namespace manager::store {

std::string to_json(const rollout::Request& request);
rollout::Request request_from_json(const std::string& text);

std::string to_json(const rollout::TargetState& state);
rollout::TargetState target_state_from_json(const std::string& text);

} // namespace manager::store
