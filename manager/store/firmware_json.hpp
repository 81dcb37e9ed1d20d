#pragma once

#include "manager/baseline/firmware.hpp"

#include <nlohmann/json_fwd.hpp>

namespace manager::store {

/// What a firmware package says, as part of a component that the store keeps: a run goes on without the
/// package.
nlohmann::json firmware_json(const baseline::Firmware& firmware);

/// Throws what nlohmann::json throws when the types are wrong, and `rejected` when it is otherwise damaged.
baseline::Firmware firmware_from_json(const nlohmann::json& object);

} // namespace manager::store
