#pragma once

#include "common/net/core.hpp"
#include "manager/serve/budget.hpp"
#include "manager/serve/changes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace manager::serve {

/// Lets one call wait for something new, without holding a thread. One thread.
class Waiting {
public:
    /// Made before the call looks for what is new. `waiters` counts those who wait, by caller. All outlive
    /// it; `changes` and `waiters` also the server.
    Waiting(const common::net::Request& request, const std::string& caller, const Changes& changes,
            Budget& waiters)
        : request_(request), caller_(caller), changes_(changes), waiters_(waiters), seen_(changes.number())
    {
    }

    /// For a call that found nothing and may wait for `seconds` since it came, at most 60: true when it is to
    /// be asked again, so that nobody sees its answer.
    bool begins(int seconds);

    /// What to answer in place of it, if so.
    const std::optional<common::net::NotYet>& not_yet() const { return not_yet_; }

private:
    const common::net::Request& request_;
    const std::string& caller_;
    const Changes& changes_;
    Budget& waiters_;
    const std::uint64_t seen_;
    std::optional<common::net::NotYet> not_yet_;
};

} // namespace manager::serve
