#include "manager/serve/run_reader.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/rollout/report.hpp"
#include "manager/serve/log_url.hpp"
#include "manager/serve/run_folder.hpp"
#include "manager/serve/wire_runs.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <thread>

namespace manager::serve {

using common::Error;
using common::Trouble;
using common::xml_safe;

namespace {

constexpr LONG64 most_events = 1'000;
constexpr int most_runs = 1'000;
constexpr int most_targets = 1'000;
constexpr int most_agents = 1'000;
constexpr int most_log_bytes = 256 << 10;
constexpr std::uint64_t most_document = 16 << 20; // bytes

void read_part(::soap* context, const std::filesystem::path& file, const _mgr__ReadLog& request,
               _mgr__ReadLogResponse& response)
{
    const auto offset = static_cast<std::uint64_t>(std::max<LONG64>(request.offset, 0));
    const auto most = static_cast<std::size_t>(std::clamp(request.mostBytes, 1, most_log_bytes));
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    auto* bytes = static_cast<unsigned char*>(soap_malloc(context, most));
    if (bytes == nullptr)
        throw std::bad_alloc();
    stream.read(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(most));
    response.bytes.__ptr = bytes;
    response.bytes.__size = static_cast<int>(stream.gcount());
    response.nextOffset = static_cast<LONG64>(offset) + response.bytes.__size;
    response.size = static_cast<LONG64>(std::filesystem::file_size(file));
}

} // namespace

void RunReader::runs(const _mgr__GetRuns& request, _mgr__GetRunsResponse& response) const
{
    const auto most = static_cast<std::size_t>(std::clamp(request.mostRuns, 1, most_runs));
    rollout::Listing listing = control_.store.list(most + 1, request.olderThan.value_or(""));
    const std::size_t found = listing.runs.size() + listing.unreadable.size();
    response.moreRuns = found > most;
    if (listing.runs.size() > most)
        listing.runs.resize(most);
    for (const rollout::Run& run : listing.runs)
        response.runs.push_back(wire_run(run, control_.desk, false));
}

void RunReader::run_events(const _mgr__GetRunEvents& request, _mgr__GetRunEventsResponse& response) const
{
    const auto since = static_cast<std::uint64_t>(std::max<LONG64>(request.since, 0));
    const auto most = static_cast<std::size_t>(std::clamp<LONG64>(request.most, 1, most_events));
    const std::optional<bool> over =
        control_.store.is_over(request.runId); // first: then all events are there
    const std::vector<rollout::RunEvent> events = control_.store.events(request.runId, since, most);
    if (events.empty() && over == false && waiting_.begins(request.waitSeconds))
        return; // without a look at the whole run, which may be large
    const rollout::Run run = run_named(control_, request.runId);
    for (const rollout::RunEvent& event : events)
        response.events.push_back(wire_event(run, event));
    response.lastSeq = static_cast<LONG64>(events.empty() ? since : events.back().seq);
    response.state = state_of(run, control_.desk);
    if (over == false && control_.store.is_over(run.id) == true)
        response.state =
            wire::RunState::running; // it has ended since: the next call tells it, and the last events
}

void RunReader::events(const _mgr__GetEvents& request, _mgr__GetEventsResponse& response) const
{
    if (request.since < 0) {
        response.lastPosition = static_cast<LONG64>(control_.store.newest_position());
        return;
    }
    const auto since = static_cast<std::uint64_t>(request.since);
    const auto most = static_cast<std::size_t>(std::clamp<LONG64>(request.most, 1, most_events));
    const std::vector<rollout::JournalEntry> entries = control_.store.journal(since, most);
    if (entries.empty() && waiting_.begins(request.waitSeconds))
        return;
    response.lastPosition = static_cast<LONG64>(entries.empty() ? since : entries.back().position);
    std::map<std::string, rollout::Run> runs; // for the names of targets
    for (const rollout::JournalEntry& entry : entries) {
        auto found = runs.find(entry.run);
        if (found == runs.end())
            found = runs.emplace(entry.run, run_named(control_, entry.run)).first;
        response.entries.emplace_back();
        response.entries.back().position = static_cast<LONG64>(entry.position);
        response.entries.back().runId = entry.run;
        response.entries.back().event = wire_event(found->second, entry.event);
    }
}

void RunReader::results(const _mgr__GetResults& request, _mgr__GetResultsResponse& response) const
{
    const rollout::Run run = run_named(control_, request.runId);
    const auto most = static_cast<std::size_t>(std::clamp(request.mostTargets, 1, most_targets));
    const std::size_t begin = request.afterTarget ? place_of(run, *request.afterTarget) + 1 : std::size_t{0};
    const std::size_t end = std::min(run.targets.size(), begin + most);
    for (std::size_t i = begin; i < end; ++i)
        response.results.push_back(wire_result(run, i));
    response.moreTargets = end < run.targets.size();
}

void RunReader::logs(const std::string& host, const _mgr__GetLogs& request,
                     _mgr__GetLogsResponse& response) const
{
    for (const NamedLog& log : logs_in(target_folder(control_, request.runId, request.targetName))) {
        response.logs.emplace_back();
        response.logs.back().name = log.name;
        response.logs.back().size = static_cast<LONG64>(std::filesystem::file_size(log.file));
        if (!host.empty())
            response.logs.back().url = log_url(host, request.runId, request.targetName, log.name);
    }
}

void RunReader::read_log(::soap* context, const _mgr__ReadLog& request, _mgr__ReadLogResponse& response) const
{
    const std::filesystem::path folder = target_folder(control_, request.runId, request.targetName);
    read_part(context, log_named(folder, request.logName), request, response);
}

void RunReader::inventory(const _mgr__GetInventory& request, _mgr__GetInventoryResponse& response) const
{
    const auto document = common::os::read_file_if_there(
        target_folder(control_, request.runId, request.targetName) / "inventory.json", most_document);
    if (!document)
        throw Error(Trouble::not_found, "there is no inventory of that target in this run",
                    "TakeInventory takes one");
    response.document = xml_safe(*document);
}

void RunReader::agents(const _mgr__GetAgents& request, _mgr__GetAgentsResponse& response) const
{
    const auto most = static_cast<std::size_t>(std::clamp(request.mostAgents, 1, most_agents));
    const std::optional<link::RunTarget> after =
        request.afterAgent ? std::optional(agent_named(*request.afterAgent)) : std::nullopt;
    if (request.runId)
        run_named(control_, *request.runId);
    for (const link::AgentAtWork& agent : control_.desk.agents()) {
        if ((request.runId && agent.target.run != *request.runId) || (after && agent.target <= *after))
            continue;
        response.moreAgents = response.agents.size() == most;
        if (response.moreAgents)
            return;
        response.agents.push_back(wire_agent(agent));
    }
}

void RunReader::report(const _mgr__GetReport& request, _mgr__GetReportResponse& response) const
{
    const rollout::Run run = run_named(control_, request.runId);
    response.report = xml_safe(rollout::json_report(run, control_.desk.folder_of(run.id)));
}

} // namespace manager::serve
