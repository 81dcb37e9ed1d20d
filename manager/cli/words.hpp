#pragma once

#include "manager/rollout/run.hpp"
#include "manager/rollout/run_log.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// How runs and targets are put into words, the same in all forms of output.
namespace manager::cli {

/// `1 target`, `3 targets`
std::string counted(std::size_t number, const std::string& thing);

/// `installing`, or once it is over the outcome: `updated`.
std::string state_name(const rollout::TargetState& state);

/// `installing tree 2.1`, `removing`, or once it is over `updated`, `failed: copying the agent: disk full`
std::string situation(const rollout::TargetState& state);

using rollout::printed_lines;

/// The eight digits by which people name a run.
std::string short_id(const rollout::Run& run);

/// `2031-05-04 09:14:07 UTC`
std::string time_text(std::int64_t milliseconds);

/// `2:05`, `1:02:05`
std::string clock_text(std::int64_t seconds);

/// The number of characters that `text` takes on a screen; escape sequences for colour take none.
std::size_t width_of(const std::string& text);

/// The places of equal texts together, in the order in which each text came first: for telling once what is
/// so of many.
std::vector<std::vector<std::size_t>> alike(const std::vector<std::string>& texts);

/// The first `width` characters of `text`.
std::string cut_to(const std::string& text, std::size_t width);

/// `text`, filled up with blanks to `width` characters.
std::string padded(std::string text, std::size_t width);

/// Lines with the columns one below the other, two blanks between them, none after the last.
std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows);

} // namespace manager::cli
