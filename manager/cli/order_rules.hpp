#pragma once

#include "manager/serve/manager_service.hpp"
#include "manager/target/target.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// What those may ask for who call from other machines.
namespace manager::cli {

/// The least role that may give this option of `soapstone deploy` with an order; nothing: nobody may.
std::optional<serve::Role> role_for(std::string_view option);

/// Throws `denied` when the caller of `wish` may not say that. The user of this workstation may say anything.
void check_words(const serve::DeployWish& wish);

/// Throws `denied` when `caller` may not change these: this machine itself is for admins.
void check_targets(const serve::Caller& caller, const std::vector<target::Target>& targets);

} // namespace manager::cli
