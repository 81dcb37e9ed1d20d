#pragma once

#include "manager/target/target.hpp"
#include "manager/target/targets_file.hpp"

#include <vector>

namespace manager::cli {

/// Throws `invalid` when a key file that one of `targets` names cannot be used, before anything is begun.
/// `file`, which may be null, is where it may be named: then the error tells the line.
void check_keys(const std::vector<target::Target>& targets, const target::TargetsFile* file);

} // namespace manager::cli
