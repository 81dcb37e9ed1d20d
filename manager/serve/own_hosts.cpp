#include "manager/serve/own_hosts.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/serve/url.hpp"

#include <algorithm>

namespace manager::serve {

namespace {

/// The one way of writing a name or an address.
std::string plain(const std::string& host)
{
    const std::string address = plain_address(host);
    return address.empty() ? common::lower_case(host) : address;
}

/// The host in "host:port", "[address]:port"; empty when what stands behind it is no port.
std::string host_in(const std::string& text)
{
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : text.find(':');
    const std::string host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    const std::string rest = end == std::string::npos ? "" : text.substr(end + (bracketed ? 1 : 0));
    if (bracketed && end == std::string::npos)
        return {};
    if (!rest.empty() && (rest.front() != ':' || !common::to_number(rest.substr(1), 65'535)))
        return {};
    return plain(host);
}

} // namespace

OwnHosts::OwnHosts(const std::vector<std::string>& names)
{
    for (const std::string& name : names)
        if (!name.empty())
            names_.push_back(plain(name));
}

bool OwnHosts::is_for_us(const common::net::Request& request) const
{
    const std::string host = host_in(request.host);
    return !host.empty() && (host == plain_address(request.local_address) ||
                             std::find(names_.begin(), names_.end(), host) != names_.end());
}

} // namespace manager::serve
