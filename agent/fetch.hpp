#pragma once

#include "common/bootstrap.hpp"
#include "common/job_order.hpp"
#include "common/net/core.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

namespace agent {

/// Brings the payload of `order` from the first depot that has it into `file`, going on where it broke off.
/// Throws when none gives it, or when `stop` becomes true.
void fetch_payload(common::net::Loop& loop, const std::shared_ptr<const common::tls::Context>& context,
                   const std::vector<common::Endpoint>& depots, const common::JobOrder& order,
                   const std::filesystem::path& file, const std::atomic<bool>& stop);

} // namespace agent
