#pragma once

#include "common/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace manager::serve {

/// Work at targets that installs nothing and is no run.
enum class Errand {
    check,    ///< what a run would meet there
    clean_up, ///< what broken-off runs left there is removed
    bmc_discover,
    bmc_inventory,
    bmc_logs,
    bmc_reset,
};

/// How one thing stands that a run needs on the way to a target.
struct Finding {
    std::string hop;
    std::string health; ///< a word of the contract's FindingHealth
    std::string text;
    std::string way_out; ///< empty where there is none; so are the next two
    std::string command;
    std::string where;
};

/// What a run would meet on a target.
struct Check {
    std::optional<common::Trouble> trouble; ///< why a run would fail there
    std::string road;                       ///< empty: none
    std::vector<Finding> findings;
    std::vector<std::string> left; ///< of ours on the target, after all
};

/// What came of cleaning up a target.
struct CleanUp {
    std::vector<std::string> removed;
    std::vector<std::string> left; ///< could not be removed
};

/// What came of an errand at one target: an error, or what the errand is for.
struct ErrandResult {
    std::string target;
    std::optional<common::Error> error = {};
    std::optional<Check> check = {};
    std::optional<CleanUp> clean_up = {};
    std::string document = {}; ///< of a BMC: JSON
};

/// How an errand stands.
struct ErrandNews {
    std::vector<ErrandResult> results; ///< behind those that the asker has
    std::size_t last = 0;              ///< number of all up to here
    std::size_t targets = 0;           ///< number of all that come, unless it is broken off
    bool broken_off = false;           ///< behind `last` nothing comes any more, although some are missing
};

} // namespace manager::serve
