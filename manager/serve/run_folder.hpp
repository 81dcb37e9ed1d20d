#pragma once

#include "manager/serve/manager_service.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

/// Runs and what they left here, by the names that callers use. No part of a name is ever used as a path's:
/// it is compared with what is there. What is not there throws `not_found`.
namespace manager::serve {

rollout::Run run_named(const LocalControl& control, const std::string& id);

/// The number of a target in its run.
std::size_t place_of(const rollout::Run& run, const std::string& target);

/// Where the logs and the inventory of a target of a run are.
std::filesystem::path target_folder(const LocalControl& control, const std::string& run,
                                    const std::string& target);

/// A log of a target, by the name that callers know.
struct NamedLog {
    std::string name;
    std::filesystem::path file;
};

/// Of the folder of a target.
std::vector<NamedLog> logs_in(const std::filesystem::path& folder);
std::filesystem::path log_named(const std::filesystem::path& folder, const std::string& name);

} // namespace manager::serve
