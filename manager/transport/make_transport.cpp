#include "manager/transport/make_transport.hpp"

#include "manager/transport/local/local_connector.hpp"

namespace manager::transport {

namespace {

std::unique_ptr<shell::Connector> make_connector(const target::Target& target,
                                                 const trust::Credentials& credentials,
                                                 trust::KnownHosts& known, const Options& options)
{
    if (target.connection == target::Connection::local)
        return std::make_unique<local::LocalConnector>();
    return std::make_unique<ssh::SshConnector>(target, credentials, known, options.accept_new, options.ssh);
}

} // namespace

std::unique_ptr<Transport> make_transport(const target::Target& target, const trust::Credentials& credentials,
                                          trust::KnownHosts& known, const Options& options)
{
    return std::make_unique<shell::ShellTransport>(
        make_connector(target, credentials, known, options),
        shell::Elevation{target.become, &credentials.sudo_password()}, options.shell);
}

} // namespace manager::transport
