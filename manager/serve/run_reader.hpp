#pragma once

#include "manager/serve/manager_service.hpp"
#include "manager/serve/waiting.hpp"
#include "manager/serve/wire.hpp"

#include <string>

namespace manager::serve {

/// Answers what is asked about runs, in one call. Each call throws `not_found` for a run, a target or a
/// log that is not there. The others outlive it.
class RunReader {
public:
    RunReader(const LocalControl& control, Waiting& waiting) : control_(control), waiting_(waiting) {}

    void runs(const _mgr__GetRuns& request, _mgr__GetRunsResponse& response) const;
    void run_events(const _mgr__GetRunEvents& request, _mgr__GetRunEventsResponse& response) const;
    void events(const _mgr__GetEvents& request, _mgr__GetEventsResponse& response) const;
    void results(const _mgr__GetResults& request, _mgr__GetResultsResponse& response) const;
    /// With where each can be fetched from `host`; empty: from nowhere.
    void logs(const std::string& host, const _mgr__GetLogs& request, _mgr__GetLogsResponse& response) const;
    /// The bytes are `context`'s.
    void read_log(::soap* context, const _mgr__ReadLog& request, _mgr__ReadLogResponse& response) const;
    void inventory(const _mgr__GetInventory& request, _mgr__GetInventoryResponse& response) const;
    void agents(const _mgr__GetAgents& request, _mgr__GetAgentsResponse& response) const;
    void report(const _mgr__GetReport& request, _mgr__GetReportResponse& response) const;

private:
    const LocalControl& control_;
    Waiting& waiting_;
};

} // namespace manager::serve
