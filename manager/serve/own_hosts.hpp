#pragma once

#include "common/net/core.hpp"

#include <string>
#include <vector>

namespace manager::serve {

/// By what names callers may call us: a page of somebody else's, whose name was made to point here, calls by
/// another.
class OwnHosts {
public:
    /// Names and numeric addresses, besides the address at which each caller reaches us.
    explicit OwnHosts(const std::vector<std::string>& names);

    bool is_for_us(const common::net::Request& request) const;

private:
    std::vector<std::string> names_;
};

} // namespace manager::serve
