#include "manager/transport/ssh/ssh_connector.hpp"

#include "manager/transport/shell/host_key.hpp"
#include "manager/transport/ssh/ssh_channel.hpp"
#include "manager/transport/tcp/connect.hpp"

namespace manager::transport::ssh {

using common::Deadline;

SshConnector::SshConnector(target::Target target, const trust::Credentials& credentials,
                           trust::KnownHosts& known, bool accept_new, shell::Patience patience)
    : target_(std::move(target)), credentials_(credentials), known_(known), accept_new_(accept_new),
      patience_(patience)
{
}

SshConnector::Greeted SshConnector::connect(Deadline deadline) const
{
    common::os::Descriptor socket =
        tcp::connect_to(target_.host, target_.port, deadline.or_before(Deadline::in(patience_.connect)));
    auto channel = std::make_unique<SshChannel>(std::move(socket));
    const shell::HostRecords records = shell::records_of(target_, known_);
    control::ShownKey shown = channel->greet(records.known.key_types_for(records.name, records.port),
                                             deadline.or_before(Deadline::in(patience_.login)));
    return {std::move(channel), std::move(shown.blob), std::move(shown.ident)};
}

std::unique_ptr<shell::Channel> SshConnector::open(const std::string& command, Deadline deadline)
{
    // Before the connection: a passphrase may have to be typed, and a server does not wait for that.
    const LoginMeans means{
        target_.user,
        credentials_.keys_for(target_.identities, {target_.configured_identities, target_.identities_only}),
        credentials_.password()};
    Greeted greeted = shell::patiently(patience_, deadline, [&] { return connect(deadline); });
    shell::check_host_key(greeted.host_key, target_, known_, accept_new_);
    greeted.channel->log_in(means, greeted.ident, command,
                            {deadline.or_before(Deadline::in(patience_.login)), deadline});
    return std::move(greeted.channel);
}

} // namespace manager::transport::ssh
