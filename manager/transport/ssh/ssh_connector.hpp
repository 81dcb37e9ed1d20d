#pragma once

#include "manager/target/target.hpp"
#include "manager/transport/shell/channel.hpp"
#include "manager/transport/shell/patience.hpp"
#include "manager/trust/credentials.hpp"
#include "manager/trust/known_hosts.hpp"

#include <memory>
#include <string>

namespace manager::transport::ssh {

class SshChannel;

/// Runs command lines at one target over SSH, each by a child process of its own that speaks SSH; names,
/// connections, host keys and private keys are this process's affair. Credentials and known hosts must
/// outlive it.
class SshConnector final : public shell::Connector {
public:
    SshConnector(target::Target target, const trust::Credentials& credentials, trust::KnownHosts& known,
                 bool accept_new, shell::Patience patience = {});

    std::unique_ptr<shell::Channel> open(const std::string& command, common::Deadline deadline) override;

private:
    /// A channel whose server has shown its host key.
    struct Greeted {
        std::unique_ptr<SshChannel> channel;
        std::string host_key;
        std::string ident;
    };

    Greeted connect(common::Deadline deadline) const;

    target::Target target_;
    const trust::Credentials& credentials_;
    trust::KnownHosts& known_;
    bool accept_new_;
    shell::Patience patience_;
};

} // namespace manager::transport::ssh
