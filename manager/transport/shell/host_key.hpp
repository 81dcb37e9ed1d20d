#pragma once

#include "manager/target/target.hpp"
#include "manager/trust/known_hosts.hpp"

#include <string_view>

namespace manager::transport::shell {

/// Compares the key that the server has proved to own with those on file, before anything of ours is shown to
/// it. With `accept_new` the key of a host that nothing is known about is remembered. Throws `denied`, naming
/// what was offered, what stands where, and the way out.
void check_host_key(std::string_view key, const target::Target& target, trust::KnownHosts& known,
                    bool accept_new);

/// The known hosts that hold for `target`, and the name and port under which they have it.
struct HostRecords {
    trust::KnownHosts& known;
    std::string name;
    std::uint16_t port;
};
HostRecords records_of(const target::Target& target, trust::KnownHosts& known);

} // namespace manager::transport::shell
