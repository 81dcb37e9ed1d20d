#pragma once

#include "common/secret.hpp"
#include "manager/cli/fleet_view.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace manager::cli {

/// Where a command works: results go to `out`, everything about the run to `err`.
struct Workplace {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool terminal = false; ///< `err` is one that can be drawn on
    bool color = false;
    std::function<common::Secret(const std::string& question)> ask; ///< a human, without echo
    std::function<WindowSize()> window = [] { return WindowSize{}; };
    std::vector<std::string> words{}; ///< what stands behind the command's name
    bool files = true;                ///< the words may name files of this machine as lists of targets
};

} // namespace manager::cli
