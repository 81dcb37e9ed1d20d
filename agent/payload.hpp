#pragma once

#include "agent/failpoint.hpp"
#include "common/bootstrap.hpp"
#include "common/job_order.hpp"
#include "common/net/core.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace agent {

/// Says whether a transfer is to end at once: the job was cancelled, or the agent stops.
using GiveUp = std::function<bool()>;

/// Brings the payload of a job into `file`, complete and checked, or throws.
using Fetch = std::function<void(const common::JobOrder& order, const std::filesystem::path& file,
                                 const GiveUp& give_up)>;

/// Fetches payload from the manager's depot by its hash. One thread at a time.
class Depot {
public:
    /// `contact` is called whenever the depot was heard of.
    Depot(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
          std::vector<common::Endpoint> endpoints, std::function<void()> contact,
          const Failpoints& failpoints);

    /// Goes on with what is in `file`, tries each endpoint again and again, and gives up after ten minutes
    /// without a new byte. Never writes more than the order's size. Throws `unreachable`, `rejected` (not
    /// enough room, other content, refused for good) or `busy` when told to give up.
    void fetch(const common::JobOrder& order, const std::filesystem::path& file, const GiveUp& give_up) const;

private:
    bool try_once(const common::Endpoint& endpoint, const common::JobOrder& order,
                  const std::filesystem::path& file, const GiveUp& give_up) const;

    common::net::Loop& loop_;
    std::shared_ptr<const common::tls::Context> context_;
    std::vector<common::Endpoint> endpoints_;
    std::function<void()> contact_;
    const Failpoints& failpoints_;
};

/// True when `file` is exactly what `order` names. Looks at the open file.
bool is_payload(const common::JobOrder& order, const std::filesystem::path& file);

/// A random pause before the `attempt`th retry (from 0): full jitter, 0.5 s doubling up to 30 s.
std::chrono::milliseconds retry_pause(unsigned attempt);

} // namespace agent
