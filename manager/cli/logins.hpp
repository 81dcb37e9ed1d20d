#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/transport/make_transport.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace manager::cli {

/// "alice on ws1": for people at a target that is in use.
std::string who_we_are();

/// Logins of one command: keys, passwords and known hosts, shared by all its transports. Any thread.
class Logins {
public:
    /// `run` names the temporary folders; may be empty. `architectures`: that there is an agent for; none for
    /// a command that sends no agent. A session that has started an agent waits `keep` for what is left to do
    /// there at the end.
    Logins(const CampaignOptions& options, const std::string& run,
           std::vector<std::string> architectures = {}, std::chrono::seconds keep = {});

    /// The way to `target`, not yet connected; must not outlive this. `notice`: as that of make_transport().
    std::unique_ptr<transport::Transport> connect(const target::Target& target, transport::Notice notice);

private:
    trust::Credentials credentials_;
    trust::KnownHosts known_;
    transport::Options transport_;
};

} // namespace manager::cli
