#pragma once

#include "manager/serve/keeper.hpp"
#include "manager/serve/wire.hpp"

#include <optional>
#include <string>

/// What a manager keeps, in the words of the contract.
namespace manager::serve {

/// Takes a secret out of a request.
common::Secret take_secret(std::optional<std::string>& text);

void put_credential(Keeper& keeper, _mgr__PutCredential& request, _mgr__PutCredentialResponse& response);
void get_credentials(const Keeper& keeper, _mgr__GetCredentialsResponse& response);

void put_targets(Keeper& keeper, const _mgr__PutTargets& request, _mgr__PutTargetsResponse& response);
void get_targets(const Keeper& keeper, const _mgr__GetTargets& request, _mgr__GetTargetsResponse& response);
void get_groups(const Keeper& keeper, _mgr__GetGroupsResponse& response);

wire::KeptComponent wire_component(const KeptComponent& component);

} // namespace manager::serve
