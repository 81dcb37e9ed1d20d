#pragma once

#include "common/net/core.hpp"

namespace common::net {

struct Router::Route {
    enum class Kind { call, get, put };

    Kind kind;
    std::string path; ///< exact for a call, a prefix otherwise
    std::size_t most = 0;
    Gate gate;
    Brief brief;
    Call call;
    Get get;
    Put put;

    bool covers(std::string_view asked) const;
    bool takes(std::string_view method) const;
};

} // namespace common::net
