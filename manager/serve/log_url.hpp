#pragma once

#include "common/net/core.hpp"
#include "manager/serve/manager_service.hpp"

#include <string>
#include <variant>

/// Logs for programs, as files: GET /logs?run=ID&target=NAME&log=NAME on the API's port, in one piece or by
/// Range. All that is chosen by others stands in the query, where escapes are nobody's way to a file.
namespace manager::serve {

inline constexpr const char* logs_path = "/logs";

/// Where `host`, as the caller named it, hands out a log.
std::string log_url(const std::string& host, const std::string& run, const std::string& target,
                    const std::string& log);

/// What to answer to whoever may read logs. A log that grows is sent as far as it is.
std::variant<common::net::Reply, common::net::SendFile> give_log(const LocalControl& control,
                                                                 const common::net::Request& request);

} // namespace manager::serve
