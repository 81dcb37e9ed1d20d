#include "manager/transport/ssh/ssh_connector.hpp"

#include "common/os/file.hpp"
#include "manager/transport/ssh/connect.hpp"
#include "manager/transport/ssh/host_key.hpp"
#include "manager/transport/ssh/login.hpp"
#include "manager/transport/ssh/session.hpp"
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

std::unique_ptr<Session> SshConnector::connect(Deadline deadline) const
{
    common::os::Descriptor socket =
        connect_to(target_.host, target_.port, deadline.or_before(Deadline::in(patience_.connect)));
    return std::make_unique<Session>(std::move(socket), known_.key_types_for(target_.host, target_.port),
                                     deadline.or_before(Deadline::in(patience_.login)));
}

std::unique_ptr<Session> SshConnector::connect_patiently(Deadline deadline) const
{
    for (int left = patience_.retries;; --left) {
        try {
            return connect(deadline);
        } catch (const TurnedAway&) {
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
    const LoginMeans means{target_.user, credentials_.keys_for(target_.identities), &credentials_.password()};
    std::unique_ptr<Session> session = connect_patiently(deadline);
    check_host_key(*session, target_, known_, accept_new_);
    log_in(*session, means, deadline.or_before(Deadline::in(patience_.login)));
    return std::make_unique<SshChannel>(std::move(session), command, deadline);
}

} // namespace manager::transport::ssh
