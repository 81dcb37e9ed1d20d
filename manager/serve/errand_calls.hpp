#pragma once

#include "manager/serve/manager_service.hpp"
#include "manager/serve/waiting.hpp"
#include "manager/serve/wire.hpp"

#include <string>

/// Errands in the words of the contract.
namespace manager::serve {

Errand errand_of(wire::BmcAction action);

/// What has come since the caller asked; waits for the first result.
void get_errand(const ManagerDesk& desk, Waiting& waiting, const _mgr__GetErrand& request,
                _mgr__GetErrandResponse& response);

/// How errand `id` stands for somebody who has all its results. Throws `not_found`.
wire::RunState state_of_errand(const ManagerDesk& desk, const std::string& id);

} // namespace manager::serve
