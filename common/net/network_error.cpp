#include "common/net/socket_calls.hpp"

namespace common::net {

Error network_error(std::string_view doing, const boost::system::error_code& error)
{
    return system_error(doing, error.default_error_condition().value());
}

} // namespace common::net
