#include "manager/transport/make_transport.hpp"

#include "manager/transport/local/local_connector.hpp"
#include "manager/transport/smb/smb_transport.hpp"

namespace manager::transport {

namespace {

void refuse_detours(const target::Target& target)
{
    if (target.jumps.empty() && target.proxy_command.empty())
        return;
    throw common::Error(
        common::Trouble::invalid,
        target.name + " is reached through " +
            (target.jumps.empty() ? "a ProxyCommand" : "the jump host " + target.jumps[0].host) +
            ", which libssh2 cannot do",
        "use --ssh auto or --ssh openssh");
}

std::unique_ptr<shell::Connector> make_connector(const target::Target& target,
                                                 const trust::Credentials& credentials,
                                                 trust::KnownHosts& known, const Options& options,
                                                 Notice notice)
{
    if (target.connection == target::Connection::local)
        return std::make_unique<local::LocalConnector>();
    switch (target.ssh) {
    case target::SshProgram::libssh2:
        refuse_detours(target);
        return std::make_unique<ssh::SshConnector>(target, credentials, known, options.accept_new,
                                                   options.ssh);
    case target::SshProgram::openssh:
        return std::make_unique<openssh::OpensshConnector>(target, credentials, known, options.accept_new,
                                                           options.ssh, std::move(notice));
    case target::SshProgram::automatic:
        break;
    }
    return std::make_unique<AutoConnector>(target, credentials, known, options.accept_new, options.ssh,
                                           *options.openssh_targets, std::move(notice));
}

} // namespace

std::unique_ptr<Transport> make_transport(const target::Target& target, const trust::Credentials& credentials,
                                          trust::KnownHosts& known, const Options& options, Notice notice)
{
    if (target.connection == target::Connection::smb)
        return std::make_unique<smb::SmbTransport>(target, credentials, options.shell.run);
    const common::Secret& password =
        target.become == target::Become::su ? credentials.su_password() : credentials.sudo_password();
    return std::make_unique<shell::ShellTransport>(
        make_connector(target, credentials, known, options, std::move(notice)),
        shell::Elevation{target.become, &password}, options.shell);
}

} // namespace manager::transport
