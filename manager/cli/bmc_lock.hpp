#pragma once

#include "manager/store/run_lock.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace manager::cli {

/// Keeps all processes that work with the data folder `data` from changing the BMC `identity` (a UUID, or a
/// place) as long as the result lives. Throws `busy`, naming the process that has it.
std::shared_ptr<store::RunLock> lock_bmc(const std::filesystem::path& data, const std::string& identity);

} // namespace manager::cli
