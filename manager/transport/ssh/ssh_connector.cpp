#include "manager/transport/ssh/ssh_connector.hpp"

#include "common/os/file.hpp"
#include "manager/transport/ssh/connect.hpp"
#include "manager/transport/ssh/host_key.hpp"
#include "manager/transport/ssh/ssh_channel.hpp"

#include <cstring>
#include <thread>

namespace manager::transport::ssh {

using common::Deadline;

namespace {

std::chrono::milliseconds random_between(std::chrono::milliseconds least, std::chrono::milliseconds most)
{
    std::uint32_t number = 0;
    std::memcpy(&number, common::os::random_bytes(sizeof number).data(), sizeof number);
    return least + (most - least) * static_cast<std::int64_t>(number) / UINT32_MAX;
}

} // namespace

SshConnector::SshConnector(target::Target target, const trust::Credentials& credentials,
                           trust::KnownHosts& known, bool accept_new, Patience patience)
    : target_(std::move(target)), credentials_(credentials), known_(known), accept_new_(accept_new),
      patience_(patience)
{
}

SshConnector::Greeted SshConnector::connect(Deadline deadline) const
{
    common::os::Descriptor socket =
        connect_to(target_.host, target_.port, deadline.or_before(Deadline::in(patience_.connect)));
    auto channel = std::make_unique<SshChannel>(std::move(socket));
    control::ShownKey shown = channel->greet(known_.key_types_for(target_.host, target_.port),
                                             deadline.or_before(Deadline::in(patience_.login)));
    return {std::move(channel), std::move(shown.blob), std::move(shown.ident)};
}

SshConnector::Greeted SshConnector::connect_patiently(Deadline deadline) const
{
    for (int left = patience_.retries;; --left) {
        try {
            return connect(deadline);
        } catch (const control::TurnedAway&) {
            const auto pause = random_between(patience_.least_pause, patience_.most_pause);
            if (left == 0 || pause >= deadline.left())
                throw;
            std::this_thread::sleep_for(pause);
        }
    }
}

std::unique_ptr<shell::Channel> SshConnector::open(const std::string& command, Deadline deadline)
{
    // Before the connection: a passphrase may have to be typed, and a server does not wait for that.
    const LoginMeans means{target_.user, credentials_.keys_for(target_.identities), credentials_.password()};
    Greeted greeted = connect_patiently(deadline);
    check_host_key(greeted.host_key, target_, known_, accept_new_);
    greeted.channel->log_in(means, greeted.ident, command,
                            {deadline.or_before(Deadline::in(patience_.login)), deadline});
    return std::move(greeted.channel);
}

} // namespace manager::transport::ssh
