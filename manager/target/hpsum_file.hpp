#pragma once

#include "manager/target/reading.hpp"

namespace manager::target {

/// Whether this is an input file of HP SUM: it has sections [TARGETS...] of its keys, or begins with its
/// settings.
bool is_hpsum(const std::vector<Line>& lines);

/// The hosts of an input file of HP SUM, and the users to log in as there:
///
///     SILENT = YES
///     [TARGETS_WEB]
///     UID = root
///     HOST = 10.0.0.1
///     [END]
///
/// UID holds for the hosts that follow in its section, and for those before it that have none. Without it the
/// user is root; USECURRENTCREDENTIAL = YES is the user who runs us. The text behind TARGETS names a group.
/// Settings are not taken, which a notice tells. Throws `invalid`, also for any PWD: a password in a readable
/// file is not to be.
Listing read_hpsum(const std::filesystem::path& file, const std::string& text);

} // namespace manager::target
