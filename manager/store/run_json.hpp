#pragma once

#include "manager/rollout/run.hpp"

#include <string>

/// The JSON columns of the store. Holds no secret, because the types hold none. Unknown members are passed
/// over and missing ones keep their defaults, so that programs of neighbouring versions read each other's
/// runs.
namespace manager::store {

std::string to_json(const rollout::Request& request);
rollout::Request request_from_json(const std::string& json); ///< throws `rejected` when it is damaged

std::string to_json(const rollout::TargetState& state);
rollout::TargetState
target_state_from_json(const std::string& json); ///< throws `rejected` when it is damaged

} // namespace manager::store
