#pragma once

#include "manager/target/target.hpp"
#include "manager/transport/ssh/session.hpp"
#include "manager/trust/known_hosts.hpp"

namespace manager::transport::ssh {

/// Compares the server's key with those on file, before anything of ours is shown to it. With `accept_new`
/// the key of a host that nothing is known about is remembered. Throws `denied`, naming what was offered,
/// what stands where, and the way out.
void check_host_key(const Session& session, const target::Target& target, trust::KnownHosts& known,
                    bool accept_new);

} // namespace manager::transport::ssh
