#pragma once

#include "agent/delivery.hpp"
#include "agent/failpoint.hpp"
#include "common/bootstrap.hpp"
#include "common/job_order.hpp"
#include "common/net/core.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace agent {

/// Brings the payload of a job into `file`, complete and checked, or throws.
using Fetch = std::function<void(const common::JobOrder& order, const std::filesystem::path& file,
                                 const GiveUp& give_up)>;

/// Fetches payload from the manager's depot by its hash, or waits until the manager brings it where the depot
/// cannot be reached. One thread at a time.
class Depot {
public:
    /// `contact` is called whenever the depot was heard of. Without endpoints all payload has to be brought.
    Depot(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
          std::vector<common::Endpoint> endpoints, std::function<void()> contact, Delivery& delivery,
          const Failpoints& failpoints);

    /// Goes on with what is in `file`, tries each endpoint again and again, and gives up after ten minutes
    /// without a new byte by either way. Never writes more than the order's size. Throws `unreachable`,
    /// `rejected` (not enough room, other content, refused for good) or `busy` when told to give up.
    void fetch(const common::JobOrder& order, const std::filesystem::path& file, const GiveUp& give_up) const;

    /// Asks the depot on purpose, once at each of its addresses: whether payload could be fetched. Returns
    /// nothing when it answers, else why it does not. Any thread; takes at most 3 s for each address.
    std::string probe() const;

private:
    class Patience;
    void fetch_or_wait(const common::JobOrder& order, const std::filesystem::path& file,
                       const GiveUp& give_up) const;
    bool try_next(unsigned attempt, const common::JobOrder& order, const std::filesystem::path& file,
                  const GiveUp& give_up, Patience& patience) const;
    bool try_once(const common::Endpoint& endpoint, const common::JobOrder& order,
                  const std::filesystem::path& file, const GiveUp& give_up) const;

    common::net::Loop& loop_;
    std::shared_ptr<const common::tls::Context> context_;
    std::vector<common::Endpoint> endpoints_;
    std::function<void()> contact_;
    Delivery& delivery_;
    const Failpoints& failpoints_;
};

/// True when `file` is exactly what `order` names. Looks at the open file.
bool is_payload(const common::JobOrder& order, const std::filesystem::path& file);

/// A random pause before the `attempt`th retry (from 0): full jitter, 0.5 s doubling up to 30 s.
std::chrono::milliseconds retry_pause(unsigned attempt);

} // namespace agent
