#pragma once

#include "common/soap/wire.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/serve/seats.hpp"

/// Errands in the words of the contract.
namespace manager::serve {

Errand errand_of(wire::BmcAction action);

/// Waits for the first result, as far as `caller` gets a seat.
void get_errand(ManagerDesk& desk, Seats& seats, const Caller& caller, const _mgr__GetErrand& request,
                _mgr__GetErrandResponse& response);

} // namespace manager::serve
