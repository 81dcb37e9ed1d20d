#pragma once

#include "manager/target/target.hpp"
#include "manager/transport/auto_connector.hpp"
#include "manager/transport/shell/patience.hpp"
#include "manager/transport/shell/shell_transport.hpp"
#include "manager/transport/transport.hpp"
#include "manager/trust/credentials.hpp"
#include "manager/trust/known_hosts.hpp"

#include <memory>

namespace manager::transport {

/// What holds for all targets of a run.
struct Options {
    bool accept_new = false; ///< trust the key of a host that nothing is known about, and remember it
    shell::Settings shell;
    shell::Patience ssh;
    std::shared_ptr<OpensshTargets> openssh_targets = std::make_shared<OpensshTargets>();
};

/// Told what the user should know although nothing failed; any thread.
using Notice = AutoConnector::Notice;

/// The transport for `target`, not yet connected. Credentials and known hosts are shared by all transports of
/// a run and must outlive them, `options` too. Throws `invalid` when the target asks for what the chosen
/// program cannot do.
std::unique_ptr<Transport> make_transport(
    const target::Target& target, const trust::Credentials& credentials, trust::KnownHosts& known,
    const Options& options, Notice notice = [](const std::string&) {});

} // namespace manager::transport
