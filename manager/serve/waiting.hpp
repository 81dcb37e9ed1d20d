#pragma once

#include "common/net/core.hpp"
#include "manager/serve/changes.hpp"

#include <cstdint>
#include <optional>

namespace manager::serve {

/// Lets one call wait for something new, without holding a thread. One thread.
class Waiting {
public:
    /// Made before the call looks for what is new. Both outlive it; `changes` also the server.
    Waiting(const common::net::Request& request, const Changes& changes)
        : request_(request), changes_(changes), seen_(changes.number())
    {
    }

    /// For a call that found nothing and may wait for `seconds` since it came, at most 60: true when it is to
    /// be asked again, so that nobody sees its answer.
    bool begins(int seconds);

    /// What to answer in place of it, if so.
    const std::optional<common::net::NotYet>& not_yet() const { return not_yet_; }

private:
    const common::net::Request& request_;
    const Changes& changes_;
    const std::uint64_t seen_;
    std::optional<common::net::NotYet> not_yet_;
};

} // namespace manager::serve
