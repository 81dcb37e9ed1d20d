#pragma once

#include "manager/target/target.hpp"
#include "manager/transport/openssh/clerk.hpp"
#include "manager/transport/shell/channel.hpp"
#include "manager/transport/shell/patience.hpp"
#include "manager/trust/credentials.hpp"
#include "manager/trust/known_hosts.hpp"

#include <filesystem>

namespace manager::transport::openssh {

class OpensshChannel;

/// Runs command lines at one target by the system's program `ssh`, which can what libssh2 cannot: newer
/// algorithms, certificates, security tokens, jump hosts, terminals. Host keys are judged by our own known
/// hosts all the same. Credentials and known hosts must outlive it.
class OpensshConnector final : public shell::Connector {
public:
    OpensshConnector(target::Target target, const trust::Credentials& credentials, trust::KnownHosts& known,
                     bool accept_new, shell::Patience patience, Clerk::Notice notice);

    std::unique_ptr<shell::Channel> open(const std::string& command, common::Deadline deadline) override;
    std::unique_ptr<shell::Channel> open_with_terminal(const std::string& command,
                                                       common::Deadline deadline) override;

private:
    std::unique_ptr<shell::Channel> start(const std::string& command, bool terminal,
                                          common::Deadline deadline) const;
    std::unique_ptr<OpensshChannel> try_once(const std::string& command, bool terminal,
                                             const trust::Keys& keys, common::Deadline deadline) const;

    target::Target target_;
    const trust::Credentials& credentials_;
    trust::KnownHosts& known_;
    bool accept_new_;
    shell::Patience patience_;
    Clerk::Notice notice_;
};

} // namespace manager::transport::openssh
