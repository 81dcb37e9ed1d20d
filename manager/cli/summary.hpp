#pragma once

#include "manager/rollout/run.hpp"

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace manager::cli {

/// What a run has come to, as an admin at 2 a.m. needs it: counts, each failure with its cause and what to
/// do, what is left where, and where to read on. `data` is the data folder, `data_words` what commands that
/// are named need to find it. Also of a run that is not over.
std::vector<std::string> summary(const rollout::Run& run, const std::filesystem::path& data,
                                 const std::string& data_words);

/// Of that, what went wrong and what is left.
std::vector<std::string> failures(const rollout::Run& run, const std::string& data_words);

void print_lines(const std::vector<std::string>& lines, std::ostream& out);

} // namespace manager::cli
