#pragma once

#include "manager/transport/smb/helper_process.hpp"
#include "manager/transport/transport.hpp"

#include <string>

/// What agents leave on a Windows target, and its removal.
namespace manager::transport::smb {

/// What there is of the run `run`, or of all runs when it is empty. `whole`: not even logs may stay.
Remains look_for_leftovers(HelperProcess& helper, const std::string& run, bool whole,
                           common::Deadline deadline);

/// Stops and deletes services, removes files but logs and journal. Each step stands for itself.
Swept sweep_away(HelperProcess& helper, const std::string& run, common::Deadline deadline);

} // namespace manager::transport::smb
