#pragma once

#include "common/clock.hpp"
#include "common/os/audit.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace agent {

/// Tells the system's log of clients with a wrong key: the first one at once, then one line in ten seconds
/// with the number of all others, so that nobody in the network can flood that log. Any thread.
class Refusals {
public:
    explicit Refusals(const common::os::Audit& audit) : audit_(audit) {}

    void see(const std::string& address, const std::string& why);

private:
    const common::os::Audit& audit_;
    std::mutex mutex_;
    std::optional<common::Deadline> quiet_; ///< until then they are only counted
    std::uint64_t others_ = 0;              ///< counted since the last line
};

} // namespace agent
