#pragma once

#include "common/os/descriptor.hpp"
#include "manager/transport/ssh/child/pump.hpp"
#include "manager/transport/ssh/control/line.hpp"

namespace manager::transport::ssh::child {

/// What the manager has handed over: its own end closes them all when it goes.
struct HandedOver {
    common::os::Descriptor server;  ///< a connection to an SSH server
    common::os::Descriptor manager; ///< the control socket
    Streams streams;
};

/// Confines this process, logs in for the manager, starts its command and carries its bytes. Whatever goes
/// wrong is told to the manager, not thrown. Returns the exit code of the process: 0 when the command has
/// ended and its status was told.
int serve(HandedOver handed);

} // namespace manager::transport::ssh::child
