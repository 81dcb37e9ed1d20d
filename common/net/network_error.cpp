#include "common/net/socket_calls.hpp"

namespace common::net {

Error network_error(std::string_view doing, const boost::system::error_code& error)
{
    const boost::system::error_condition known = error.default_error_condition();
    if (known.category() == boost::system::generic_category())
        return system_error(doing, known.value());
    return {Trouble::rejected, std::string(doing) + ": " + error.message()};
}

} // namespace common::net
