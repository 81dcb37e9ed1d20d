#include "manager/cli/api_port.hpp"

#include "common/tls/context.hpp"
#include "manager/cli/agent_ports.hpp"
#include "manager/cli/descriptors.hpp"
#include "manager/serve/own_names.hpp"
#include "manager/trust/kept_identity.hpp"

namespace manager::cli {

namespace {

/// Whoever waits for events holds no thread; orders and uploads take theirs for seconds.
constexpr std::size_t io_threads = 4; ///< small questions are answered there
constexpr std::size_t workers = 16;

std::vector<std::string> names_of(const Places& places)
{
    std::vector<std::string> names = serve::own_names();
    for (const char* address : {"127.0.0.1", "::1"})
        names.emplace_back(address);
    if (!places.advertise.empty())
        names.push_back(places.advertise);
    return names;
}

common::net::Limits limits()
{
    common::net::Limits limits;
    limits.connections = most_connections();
    return limits;
}

} // namespace

ApiPort::ApiPort(const std::filesystem::path& data, const Places& places, const trust::Strongbox* box,
                 const serve::LocalControl& control)
    : names_(names_of(places)), desk_({data / "serve", data / "serve" / "calls.log", names_}, control),
      loop_(io_threads, workers), server_(loop_,
                                          common::tls::Context::server_without_client_certificates(
                                              trust::kept_identity(data / "serve", names_, box)),
                                          desk_.router(), limits())
{
}

serve::PortInUse ApiPort::open(const Places& places)
{
    return open_port(server_, "api", places.listen, places.api_port, places.api_port);
}

} // namespace manager::cli
