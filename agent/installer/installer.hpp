#pragma once

#include "common/job_order.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// What to run for each kind of component, and what its exit code means.
namespace agent::installer {

/// The command line that installs `payload`, which carries the component's own file name. Throws `rejected`
/// when this machine has no installer for the kind.
std::vector<std::string> command(const common::JobOrder& order, const std::filesystem::path& payload);

struct Raw {
    std::optional<int> code;
    std::optional<int> signal;
    bool timed_out = false;
    bool cancelled = false;
};

struct Meaning {
    std::string result;   ///< a word of the contract's JobResult
    std::string state;    ///< a word of the contract's JobState
    std::string code_map; ///< deb, rpm, posix
    std::string sentence;
};

/// `output` is the end of what the installer printed.
Meaning meaning(common::ComponentKind kind, const Raw& raw, const std::string& output);

} // namespace agent::installer
