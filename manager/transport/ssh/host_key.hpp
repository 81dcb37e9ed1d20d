#pragma once

#include "manager/target/target.hpp"
#include "manager/trust/known_hosts.hpp"

#include <string_view>

namespace manager::transport::ssh {

/// Compares `key`, the raw public key that the server has proved to own, with those on file, before anything
/// of ours is shown to the server. With `accept_new`
/// the key of a host that nothing is known about is remembered. Throws `denied`, naming what was offered,
/// what stands where, and the way out.
void check_host_key(std::string_view key, const target::Target& target, trust::KnownHosts& known,
                    bool accept_new);

} // namespace manager::transport::ssh
