#pragma once

#include "common/net/core.hpp"
#include "common/secret.hpp"
#include "manager/rollout/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace manager::serve {

/// One of our listeners, for those who ask.
struct PortInUse {
    std::string purpose; ///< local, callback, depot
    std::string address; ///< empty = all
    std::uint16_t port = 0;
    std::uint16_t wanted = 0;
};

/// What callers want to know of this manager, and to have it do. Any thread may call.
class ManagerDesk {
public:
    virtual ~ManagerDesk() = default;

    virtual std::vector<PortInUse> ports() const = 0;
    /// Ids of the runs that it works on.
    virtual std::vector<std::string> runs() const = 0;
    /// As Rollout::cancel(). Throws `not_found` when it does not work on `run`.
    virtual void cancel(const std::string& run) = 0;
};

/// What the local control port (61000) needs; outlives the server.
struct LocalControl {
    common::Secret token;     ///< what a caller must show as "Authorization: Bearer"
    std::int64_t started = 0; ///< ms since 1970
    const rollout::Store& store;
    ManagerDesk& desk;
};

common::net::Router manager_service(const LocalControl& control);

} // namespace manager::serve
