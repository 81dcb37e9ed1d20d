#pragma once

#include "manager/rollout/run.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// What a run has come to, for people and for programs. Reads a Run, changes nothing; also of runs that are
/// not over.
namespace manager::rollout {

/// One folder name for each target: its name as the user wrote it, made harmless, and unique within the run.
std::vector<std::string> folder_names(const std::vector<target::Target>& targets);

/// The outcome to report: of a target that has none yet, not_started or interrupted.
Outcome outcome_of(const TargetState& target);

/// How many targets ended how. Every outcome is there, and together they are all targets.
std::map<Outcome, std::size_t> count(const Run& run);

/// Targets that ended the same way for the same cause.
struct Cluster {
    Outcome outcome = Outcome::failed;
    Phase failed_in = Phase::waiting;
    std::string cause; ///< the text; of several targets, without what names each of them
    std::string hint;
    std::vector<std::size_t> targets;
};

/// All targets that did not end well, the largest cluster first.
std::vector<Cluster> clusters(const Run& run);

/// `text` without what differs from target to target for the same cause: its name and address, ids and times.
std::string cause_of(const std::string& text, const target::Target& target);

/// Who works here, and where.
struct Workplace {
    std::string user; ///< its number where it has no name
    std::string host;
};
Workplace this_workplace();
std::string text_of(const Workplace& place); ///< `root@workstation`

/// The report as a JSON document, format `soapstone-report/1`. `folder` is the run's.
std::string json_report(const Run& run, const std::filesystem::path& folder);

/// Writes json_report() to `folder`/report.json, durably.
void write_report(const Run& run, const std::filesystem::path& folder);

} // namespace manager::rollout
