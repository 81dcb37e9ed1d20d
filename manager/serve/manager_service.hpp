#pragma once

#include "common/net/core.hpp"
#include "common/secret.hpp"
#include "manager/rollout/store.hpp"

#include <functional>
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

/// What the local control port (61000) needs; outlives the server.
struct LocalControl {
    common::Secret token;     ///< what a caller must show as "Authorization: Bearer"
    std::string run;          ///< the run that this manager works on
    std::int64_t started = 0; ///< ms since 1970
    std::vector<PortInUse> ports;
    const rollout::Store& store;
    std::function<void()> cancel;
};

common::net::Router manager_service(const LocalControl& control);

} // namespace manager::serve
