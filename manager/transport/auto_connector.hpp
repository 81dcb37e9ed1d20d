#pragma once

#include "manager/target/target.hpp"
#include "manager/transport/openssh/openssh_connector.hpp"
#include "manager/transport/ssh/ssh_connector.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace manager::transport {

/// Which targets of a run turned out to need the system's ssh. Any thread may call.
class OpensshTargets {
public:
    bool has(const std::string& target) const
    {
        const std::lock_guard lock(mutex_);
        return names_.count(target) > 0;
    }

    /// True when it was not known before.
    bool add(const std::string& target)
    {
        const std::lock_guard lock(mutex_);
        return names_.insert(target).second;
    }

private:
    mutable std::mutex mutex_;
    std::set<std::string> names_;
};

/// Takes libssh2, which costs no process, and the system's ssh where libssh2 is known not to do (jump hosts,
/// certificates, security tokens, terminals) or turns out to have no algorithm in common with the server.
/// That is told, once for each target of a run.
class AutoConnector final : public shell::Connector {
public:
    using Notice = openssh::Clerk::Notice;

    /// All references must outlive it.
    AutoConnector(target::Target target, const trust::Credentials& credentials, trust::KnownHosts& known,
                  bool accept_new, shell::Patience patience, OpensshTargets& openssh_targets, Notice notice);

    std::unique_ptr<shell::Channel> open(const std::string& command, common::Deadline deadline) override;
    std::unique_ptr<shell::Channel> open_with_terminal(const std::string& command,
                                                       common::Deadline deadline) override;

private:
    bool needs_openssh() const;

    target::Target target_;
    const trust::Credentials& credentials_;
    trust::KnownHosts& known_;
    OpensshTargets& openssh_targets_;
    Notice notice_;
    ssh::SshConnector libssh2_;
    openssh::OpensshConnector openssh_;
};

} // namespace manager::transport
