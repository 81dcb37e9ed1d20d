#pragma once

#include "agent/agent_log.hpp"
#include "agent/jobs.hpp"
#include "agent/run_folder.hpp"
#include "common/bootstrap.hpp"

#include <string>

namespace agent {

/// Removes all of ours but logs, journal and a tombstone that tells `why`. The journal keeps how each job
/// ended, so that the next agent of the run does not do one of them again. To be called when `jobs` are
/// closed, with the lock held.
void remove_ourselves(const common::Orders& orders, const RunFolder& folder, const Jobs& jobs,
                      const Journal& journal, const AgentLog& log, const std::string& why);

} // namespace agent
