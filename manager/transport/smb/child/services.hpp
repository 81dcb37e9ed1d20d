#pragma once

#include "common/owned.hpp"
#include "common/secret.hpp"
#include "manager/transport/smb/child/pipe/control_pipe.h"
#include "manager/transport/smb/control/login.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace manager::transport::smb::child {

/// The target's service manager. All that is said is signed, and encrypted unless the login allows SMB 2.1.
/// Throws as refusal.hpp says. One at a time in a process: the library keeps state of its own.
class Services {
public:
    /// Logs in to `host`, which proves the rights of an administrator.
    Services(const control::Login& login, const std::string& host, std::uint16_t port,
             const common::Secret& password);

    /// Who has logged in, as user@REALM where it is Kerberos; empty when that is not known.
    std::string owner() const { return control_pipe_owner(pipe_.get()); }

    /// Names that begin with `prefix`.
    std::vector<std::string> named(const std::string& prefix);
    /// What the service runs; empty when it has gone meanwhile.
    std::string command(const std::string& name);
    void create(const std::string& name, const std::string& shown, const std::string& command);
    void start(const std::string& name, const std::vector<std::string>& arguments);
    std::optional<service_state> state(const std::string& name); ///< nothing when there is no such service
    /// True when it is stopping, has stopped, or is not there; false when it cannot be stopped just now.
    bool stop(const std::string& name);
    void remove(const std::string& name); ///< that there is none, or that it is marked already, is no error

private:
    common::Owned<control_pipe, control_pipe_close> pipe_;
};

} // namespace manager::transport::smb::child
